/** What the server asks of a password. */

/** In characters. */
export const shortestPassword = 12
