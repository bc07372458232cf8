// What somebody types to find a student; what may be an ID number is kept out of the address.

/** Long enough to be an ID number or a passport: never in the URL, where histories and proxies would keep it. */
export const maybeIdNumber = (text: string) => /^[A-Za-z]{0,3}[\dXx]{7,}[\dXx]$/.test(plain(text)) && (plain(text).length >= 15 || /^[A-Za-z]/.test(plain(text)))

/** Full-width and spaced input, as it comes from Chinese keyboards and spreadsheets. */
export const plain = (text: string) => text.normalize('NFKC').replace(/\s+/g, '')
