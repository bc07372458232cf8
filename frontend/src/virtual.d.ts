// Made while building, see scripts/desk-icons.mjs.
declare module 'virtual:desk-icons'
