"""Whether a photo is what the national standard asks for: bytes in, findings with measures out. Nothing here stores.

jpeg        the structure of a file without decoding it
standard    what a campaign demands, with the national values; light to import
report      what a check answers; light to import
saying      a code and what was measured -> a finding in two languages; its words: sentences, file_sentences
file        structure, strict decode and what they mean
picture     pixels -> measures, by the models of `faces`, `skin` and `backdrop`
judge       measures -> findings
check       the whole of it
reader      the same, asked from another process (core.confined); the only module that the server names
"""
