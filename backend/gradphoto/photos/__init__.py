"""One photo: what is wrong with it, its bytes, whose it is, and what was decided. Many at once are `photo_imports`.

checking/   bytes and a standard -> findings; asked through `checker`, in processes of its own that stay
matching/   whose it is by name, slate and how many signs agree
vault/      what the kept bytes tell: how versions differ, what stands out

receive_service   the one way in                claim_service     what its signs say
decide_service    accept, reject, match, undo   tray_service      what waits for a person
storage, derived  originals and small pictures  verify_service    every original read back
"""
