"""The truth about people. A spreadsheet becomes rows by computing only; `import_service` then takes all of it or nothing.

reading     `cells` (bytes -> cells, confined), `columns` (which is which), `row` (cells -> values), `findings`, `writing`
words       `names`, `id_numbers`: cleaned, compared, masked
"""
