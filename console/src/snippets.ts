/** First steps with a key, ready to be pasted: each is answered 200 with the key as it is. */
import { type Catalog, compileGrant, grants, type Permissions } from '@keyporter/core'

export interface Snippet {
  readonly name: string
  readonly code: string
}

/**
 * `url` is where programs reach Keyporter, without a slash at its end. Whoever may not read the user, which is what the
 * official client begins with, asks what any key may ask.
 */
export function makeSnippets(secret: string, url: string, mayReadUser: boolean): readonly Snippet[] {
  const command = mayReadUser ? 'vastai show user        # or: keyporter show user' : 'keyporter whoami'
  return [
    { name: 'curl', code: `curl -H "Authorization: Bearer ${secret}" \\\n  ${url}/keyporter/whoami` },
    { name: 'CLI', code: `export VAST_URL=${url}\nexport VAST_API_KEY=${secret}\n\n${command}` },
    { name: 'Python', code: mayReadUser ? printClient(secret, url) : printRequest(secret, url) },
    {
      name: 'TypeScript',
      code: `import { openClient } from '@keyporter/sdk'\n\nconst client = openClient({ url: '${url}', key: '${secret}' })\nconsole.log(await client.whoami())`,
    },
  ]
}

export function findMayReadUser(permissions: Permissions, catalog: Catalog): boolean {
  const endpoint = catalog.byId.get('api.user.current')
  return endpoint !== undefined && grants(compileGrant(permissions, catalog), endpoint)
}

function printClient(secret: string, url: string): string {
  return `from vastai import VastAI\n\nclient = VastAI(api_key="${secret}", server_url="${url}")\nprint(client.show_user())`
}

function printRequest(secret: string, url: string): string {
  return `import requests\n\nheaders = {"Authorization": "Bearer ${secret}"}\nresponse = requests.get("${url}/keyporter/whoami", headers=headers)\nprint(response.json())`
}
