// The page on which keys are made and changed, as a person uses it.
import assert from 'node:assert/strict'
import { eventually } from './eventually.js'

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

export async function waitForJson(page, document) {
  await eventually(() => readJson(page), document, 'the JSON')
}

export function areaOf(page, area) {
  return page.getByRole('listitem').filter({ has: page.getByRole('radiogroup', { name: area, exact: true }) })
}

/** Null where none of the levels is chosen. */
export async function waitForLevel(page, area, level) {
  const chosen = page.getByRole('radiogroup', { name: area, exact: true }).getByRole('radio', { checked: true })
  await eventually(() => chosen.allTextContents(), level === null ? [] : [level], `the level of ${area}`)
}

export async function chooseLevel(page, area, level) {
  const group = page.getByRole('radiogroup', { name: area, exact: true })
  await group.getByRole('radio', { name: level, exact: true }).click()
  await waitForLevel(page, area, level)
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
  const { apikeys } = await showKey('')
  const made = apikeys.filter(({ hint }) => secret.startsWith('kp_') && hint.endsWith(secret.slice(-4)))
  assert.equal(made.length, 1, 'the keys with the hint of the new secret')
  return { secret, key: made[0] }
}
