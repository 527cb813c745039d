// A page as somebody uses it who has a keyboard alone.
import { eventually } from './eventually.js'

const mostPresses = 150
const longestMoveMs = 2_000

/** The name of what has the focus, as a screen reader says it; of the page itself, all its text. */
export async function readFocused(page) {
  return (await look(page)).name
}

export async function waitForFocus(page, name) {
  await eventually(() => readFocused(page), name, 'what has the focus')
}

/** The content of the page as a whole, from where a screen reader begins after a move. */
export async function waitForFocusOnContent(page) {
  await eventually(() => page.evaluate(() => document.activeElement?.id), 'main', 'what has the focus')
}

export async function tabTo(page, name) {
  await pressUntil(page, 'Tab', name)
}

/** Presses a key until the focus is on what has that name; after each press it waits until the focus has moved. */
export async function pressUntil(page, key, name) {
  let focused = await look(page)
  for (let times = 0; times < mostPresses && focused.name !== name; times++) {
    await page.keyboard.press(key)
    focused = await look(page)
    // Where there is nothing beyond, it stays.
    const giveUpAt = performance.now() + longestMoveMs
    while (!focused.hasMoved && performance.now() < giveUpAt) focused = await look(page)
  }
  if (focused.name !== name) throw new Error(`${key} does not lead to ${name}, but to ${focused.name}`)
}

/** Opens the menu of the button that has the focus, and chooses an item of it. */
export async function chooseByKeyboard(page, item) {
  await page.keyboard.press('Enter')
  // The first item takes the focus when the menu stands.
  await eventually(() => page.evaluate(() => document.activeElement?.getAttribute('role')), 'menuitem')
  await pressUntil(page, 'ArrowDown', item)
  await page.keyboard.press('Enter')
}

/** What has the focus, and whether it had it already at the last look. */
function look(page) {
  return page.evaluate(() => {
    const { activeElement: element } = document
    const name = element?.getAttribute('aria-label') ?? element?.labels?.[0]?.textContent ?? element?.textContent
    const hasMoved = element !== window.focusedBefore
    window.focusedBefore = element
    return { name: name?.trim().replace(/\s+/g, ' '), hasMoved }
  })
}

/** Holds a key down until it has had its effect: a choice follows the focus only while the key is pressed. */
export async function holdUntil(page, key, wait) {
  await page.keyboard.down(key)
  try {
    await wait()
  } finally {
    await page.keyboard.up(key)
  }
}
