/** First steps with a key, ready to be pasted. */

export interface Snippet {
  readonly name: string
  readonly code: string
}

/** `url` is where Keyporter is, without a slash at its end. */
export function makeSnippets(secret: string, url: string): readonly Snippet[] {
  return [
    { name: 'curl', code: `curl -H "Authorization: Bearer ${secret}" \\\n  ${url}/keyporter/whoami` },
    {
      name: 'CLI',
      code: `export VAST_URL=${url}\nexport VAST_API_KEY=${secret}\n\nvastai show user        # or: keyporter show user`,
    },
    {
      name: 'Python',
      code: `from vastai import VastAI\n\nclient = VastAI(api_key="${secret}", server_url="${url}")\nprint(client.show_user())`,
    },
    {
      name: 'TypeScript',
      code: `import { openClient } from '@keyporter/sdk'\n\nconst client = openClient({ url: '${url}', key: '${secret}' })\nconsole.log(await client.whoami())`,
    },
  ]
}
