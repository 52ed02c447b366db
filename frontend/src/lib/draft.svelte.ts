import { asFailure, Failure, type Api } from './api'
import { conflictIn, problemsIn, readConfig, readOutline, readProblems, type ConfigFile, type Conflict, type Edit, type Outline, type Problem } from './policy'
import { fields, isFields, text } from './read'
import { policyWords } from './words/policy'

/** How long after the last key a text is checked. */
const AFTER_MS = 250

/**
 * Draft is the configuration as it is being changed: a text, which is the file until something
 * changes, and what it says. The form changes it through the server, which keeps comments and order.
 */
export class Draft {
  text = $state.raw('')
  /** What the text says, or said when it was valid last. */
  outline = $state.raw<Outline | null>(null)
  problems = $state.raw<Problem[]>([])
  warnings = $state.raw<Problem[]>([])
  /** Why the last change of the form was not made. */
  refused = $state.raw<Problem | null>(null)
  failure = $state.raw<Failure | null>(null)
  conflict = $state.raw<Conflict | null>(null)
  busy = $state.raw(false)
  file = $state.raw<ConfigFile | null>(null)
  private readonly api: Api
  private timer: ReturnType<typeof setTimeout> | undefined
  private version = 0
  /** The last change of the form; the next begins with what it made. */
  private turn: Promise<unknown> = Promise.resolve()

  constructor(api: Api) {
    this.api = api
  }

  get changed(): boolean {
    return this.file !== null && this.text !== this.file.text
  }

  get valid(): boolean {
    return this.problems.length === 0
  }

  /** take begins with a file as it is. */
  take(file: ConfigFile): void {
    this.stop()
    this.file = file
    this.text = file.text
    this.outline = file.outline
    this.warnings = file.warnings
    this.problems = []
    this.refused = this.failure = this.conflict = null
    // A file that is not in use says where it is wrong when it is checked.
    if (file.problem !== '') void this.check()
  }

  /** write takes a text as it was typed, and has it checked soon. */
  write(written: string): void {
    this.stop()
    this.text = written
    this.refused = null
    this.timer = setTimeout(() => void this.check(), AFTER_MS)
  }

  /** check asks what is wrong with the text. */
  async check(): Promise<void> {
    const version = ++this.version
    try {
      this.judged(await this.api.send('POST', 'config/check', { text: this.text }), version)
    } catch (e) {
      if (version === this.version) this.failure = asFailure(e)
    }
  }

  /** edit changes values, one change after the other; what would make the file wrong is not made, and said. */
  edit(edits: Edit[]): Promise<boolean> {
    const turn = this.turn.then(() => this.change(edits))
    this.turn = turn
    return turn
  }

  private async change(edits: Edit[]): Promise<boolean> {
    this.stop()
    const version = ++this.version
    this.busy = true
    try {
      const answer = fields(await this.api.send('POST', 'config/edit', { text: this.text, edits }))
      if (version !== this.version) return false
      const [wrong] = readProblems(answer['problems'])
      this.refused = wrong ?? null
      if (wrong) return false
      this.text = text(answer['text'])
      this.judged(answer, version)
      return true
    } catch (e) {
      if (version !== this.version) return false
      const failure = asFailure(e)
      this.refused = problemsIn(failure.body)[0] ?? null
      if (this.refused === null) this.failure = failure
      return false
    } finally {
      if (version === this.version) this.busy = false
    }
  }

  /** whyNot is why the last change was not made, for the field that it was made in. */
  whyNot(): string {
    const { message = '', suggestion = '' } = this.refused ?? {}
    this.refused = null
    return suggestion ? `${message}. ${policyWords.form.nearest(suggestion)}` : message
  }

  /** save writes the text into the file; a conflict is kept to be looked at. */
  async save(why: string): Promise<boolean> {
    return this.put(() => this.api.send('PUT', 'config', { text: this.text, stamp: this.file?.stamp ?? '', why }))
  }

  /** undo writes what stood in the file before. */
  async undo(): Promise<boolean> {
    return this.put(() => this.api.send('POST', 'config/undo', { stamp: this.file?.stamp ?? '' }))
  }

  /** settle goes on from a conflict with one text, on top of what is on disk. */
  settle(chosen: string): void {
    if (this.conflict === null || this.file === null) return
    this.file = { ...this.file, text: this.conflict.disk, stamp: this.conflict.stamp }
    this.conflict = null
    this.failure = null
    this.text = chosen
    void this.check()
  }

  stop(): void {
    clearTimeout(this.timer)
  }

  private async put(ask: () => Promise<unknown>): Promise<boolean> {
    this.stop()
    this.busy = true
    this.failure = null
    try {
      this.take(readConfig(await ask()))
      return true
    } catch (e) {
      const failure = asFailure(e)
      this.conflict = failure.status === 409 ? conflictIn(failure.body) : null
      if (failure.status === 422) this.problems = problemsIn(failure.body)
      if (this.conflict === null) this.failure = failure
      return false
    } finally {
      this.busy = false
    }
  }

  private judged(v: unknown, version: number): void {
    if (version !== this.version) return
    const answer = fields(v)
    this.failure = null
    this.problems = readProblems(answer['problems'])
    this.warnings = readProblems(answer['warnings'])
    if (isFields(answer['outline'])) this.outline = readOutline(answer['outline'])
  }
}
