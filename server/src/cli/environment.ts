/** What the command line takes from the environment of its process. Texts are trimmed; an empty one counts as not set. */
export interface CliEnvironment {
  /** KEYPORTER_URL, else VAST_URL. */
  readonly url: string | null
  /** KEYPORTER_API_KEY, else VAST_API_KEY. */
  readonly apiKey: string | null
  /** XDG_CONFIG_HOME. */
  readonly configHome: string | null
  /** The home folder of the user. */
  readonly home: string | null
}
