"""What leaves the house, and who would get no certificate.

sealing/, packing/   the signed manifest; the files of a package. Both only compute
packing_service      makes one              download_service   its ZIP, made anew from the originals
service, next_step   who lacks a photo, why, and what the rules still allow
registry*            what 学信网 shows      receipt_service    a student's proof
"""
