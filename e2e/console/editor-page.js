// The page on which keys are made and changed, as a person uses it.

export async function openEditor(openPage, path = '/keys/new') {
  const page = await openPage({ path })
  await jsonOf(page).waitFor()
  return page
}

export function jsonOf(page) {
  return page.getByLabel('Permissions as JSON')
}

export async function readJson(page) {
  return JSON.parse(await jsonOf(page).inputValue())
}

export function areaOf(page, area) {
  return page.getByRole('listitem').filter({ has: page.getByRole('radiogroup', { name: area, exact: true }) })
}

export async function levelOf(page, area) {
  const checked = page.getByRole('radiogroup', { name: area, exact: true }).getByRole('radio', { checked: true })
  return (await checked.count()) === 0 ? null : checked.textContent()
}

export async function chooseLevel(page, area, level) {
  const group = page.getByRole('radiogroup', { name: area, exact: true })
  await group.getByRole('radio', { name: level, exact: true }).click()
}

export async function pick(page, combobox, name) {
  await combobox.click()
  await page.getByRole('option', { name }).click()
}

export async function create(page, showKey) {
  await page.getByRole('button', { name: 'Create key' }).click()
  return readCreated(page, showKey)
}

/** The secret that the dialog shows, and the key as the server has it. */
export async function readCreated(page, showKey) {
  const secret = await page.getByRole('textbox', { name: 'Secret' }).inputValue()
  const [newest] = (await showKey('')).apikeys.sort((a, b) => b.id - a.id)
  return { secret, key: newest }
}

export async function tabTo(page, name) {
  for (let stop = 0; stop < 120; stop++) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate(() => {
      const { activeElement: element } = document
      return element.getAttribute('aria-label') ?? element.textContent.trim()
    })
    if (focused === name) return
  }
  throw new Error(`Tab does not lead to ${name}`)
}
