"""20 yuan a student, in cash, counted twice. Every sum follows from an append-only ledger, held by triggers.

ledger_service    one entry                    handover_service  two signatures over named students' money
class_service     one class's till, locked     verify_service    all balances worked out again, without the triggers
"""
