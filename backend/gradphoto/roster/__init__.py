"""The truth about people. A spreadsheet becomes rows by computing; `import_service` then takes all of it or nothing.

reading     `cells` (bytes -> cells, confined), `columns` (which is which), `row` (cells -> values), `findings`
writing     rows -> a workbook
words       `names`, `id_numbers`: cleaned, compared, masked
"""
