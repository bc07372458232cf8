// English of shared.
import type { Same } from '..'
import type zh from '../zh-CN/shared'

export default {
  sign_in: {
    title: 'Sign in',
    lead: 'Photographs for graduation certificates',
    student: 'Student',
    staff: 'Staff and agency',
    number: 'Student number',
    name: 'Name',
    tail: 'Last six characters of your ID number',
    tail_help: 'Of your ID card, residence permit, travel permit or passport; upper or lower case',
    login: 'Account',
    password: 'Password',
    show_password: 'Show password',
    hide_password: 'Hide password',
    submit: 'Sign in',
    required: 'Please fill in: {field}',
    tail_short: 'Six characters, you have {n}',
    summary: 'Not signed in yet',
    forgot: 'Forgot the password? Ask the registrar for a new link.',
    privacy: 'Only used to check that it is you; shown to nobody.',
    check: 'Check a photo first, without signing in',
    go_on: 'Sign in to go on',
  },
  link: { title: 'Sign-in link', working: 'Signing in', failed: 'This link does not work', other_way: 'Sign in another way', },
  password: {
    title: 'Set a password',
    lead: 'You will be signed in, and this link stops working.',
    new: 'New password',
    help: 'Length matters most; a sentence is fine.',
    submit: 'Set and enter',
    failed: 'The password was not set',
  },
  not_allowed: {
    title: 'You cannot open this page',
    note: 'You are signed in as {name} ({person}); this page is for others.',
    home: 'My start page',
    switch: 'Sign in as somebody else',
  },
  not_found: { title: 'No such page', note: 'The address is incomplete, or the page has moved.', home: 'Start page' },
} satisfies Same<typeof zh>
