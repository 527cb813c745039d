// Every page, by name, with what shows that it has loaded: what axe and the screenshots go through.

export const signedOutPages = [
  { name: 'sign-in', path: '/sign-in', ready: (page) => page.getByRole('heading', { name: 'Sign in' }) },
  {
    name: 'sign-in-link',
    path: '/sign-in#token=not-a-token',
    ready: (page) => page.getByRole('heading', { name: 'Choose a password' }),
  },
]

export const signedInPages = [
  { name: 'keys', path: '/keys', ready: (page) => page.getByRole('rowheader').first() },
  {
    name: 'keys-none',
    path: '/keys?q=nothing-like-it',
    ready: (page) => page.getByText('No key matches'),
  },
  { name: 'key-menu', path: '/keys', ready: (page) => page.getByRole('menuitem', { name: 'Edit' }), open: openMenu },
  {
    name: 'key-delete',
    path: '/keys',
    ready: (page) => page.getByRole('dialog'),
    async open(page) {
      await openMenu(page)
      await page.getByRole('menuitem', { name: 'Delete' }).click()
    },
  },
  {
    name: 'key-secret',
    path: '/keys',
    ready: (page) => page.getByLabel('I have stored it'),
    async open(page) {
      await openMenu(page)
      await page.getByRole('menuitem', { name: 'Reset secret' }).click()
      await page.getByRole('button', { name: 'Reset secret' }).click()
    },
  },
  { name: 'ssh-keys', path: '/keys/ssh', ready: (page) => page.getByRole('button', { name: 'Add key' }) },
  {
    name: 'ssh-key-add',
    path: '/keys/ssh',
    ready: (page) => page.getByRole('dialog'),
    open: (page) => page.getByRole('button', { name: 'Add key' }).click(),
  },
  { name: 'sessions', path: '/keys/sessions', ready: (page) => page.getByText('This browser') },
  { name: 'account', path: '/account', ready: (page) => page.getByRole('heading', { name: 'Identities' }) },
  {
    name: 'account-menu',
    path: '/account',
    ready: (page) => page.getByRole('menuitem', { name: 'Sign out' }),
    open: (page) => page.getByRole('button', { name: 'Account and theme' }).click(),
  },
  { name: 'key-new', path: '/keys/new', ready: (page) => page.getByText('It may read and write user') },
  {
    name: 'key-new-customise',
    path: '/keys/new',
    ready: (page) => page.getByText('Give a value, or remove this constraint.'),
    open: customise,
  },
  {
    name: 'key-new-invalid',
    path: '/keys/new',
    ready: (page) => page.getByText('The JSON is not valid (line 3)'),
    open: (page) => page.getByLabel('Permissions as JSON').fill('{\n  "api": {\n    "instance_reed": {}\n  }\n}'),
  },
  {
    name: 'key-edit',
    path: '/keys/1',
    ready: (page) => page.getByText('The key may do less than before.'),
    open: (page) =>
      page.getByRole('radiogroup', { name: 'Billing' }).getByRole('radio', { name: 'Read', exact: true }).click(),
  },
  {
    name: 'key-leave',
    path: '/keys/1',
    ready: (page) => page.getByRole('dialog', { name: 'Leave without saving?' }),
    async open(page) {
      await page.getByLabel('Name').fill('Another name')
      await page.getByRole('link', { name: 'Denials' }).click()
    },
  },
  { name: 'explain', path: '/explain', ready: (page) => page.getByText('Nothing asked yet') },
  {
    name: 'explain-allowed',
    path: '/explain?key=1&method=GET&path=/api/v0/instances/1227/',
    ready: (page) => page.getByRole('heading', { name: 'Allowed' }),
  },
  {
    name: 'explain-refused',
    path: '/explain?key=1&method=GET&path=/api/../v0',
    ready: (page) => page.getByRole('heading', { name: 'Refused with 400' }),
  },
  { name: 'denials', path: '/denials', ready: (page) => page.getByRole('button', { name: 'Refresh' }) },
  { name: 'not-found', path: '/nowhere', ready: (page) => page.getByText('There is no such page') },
]

/** Opens a page of the list and waits until it stands still. */
export async function showPage(page, { path, ready, open }) {
  await page.goto(path)
  await open?.(page)
  await ready(page).waitFor()
  await page.waitForFunction(
    () => document.querySelector('[aria-busy=true], .animate-spin, .animate-pulse-slow') === null,
  )
  await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState === 'finished'))
}

async function openMenu(page) {
  await page
    .getByRole('button', { name: /^Actions for / })
    .first()
    .click()
}

async function customise(page) {
  await page.getByRole('button', { name: 'Customise Billing' }).click()
  await page.getByRole('region', { name: 'billing_read' }).getByRole('radio', { name: 'Chosen' }).click()
  await page.getByRole('button', { name: 'Add constraint on api.billing.charges' }).click()
}
