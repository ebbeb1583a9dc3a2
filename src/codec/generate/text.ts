/** Columns of a generated line. */
const WIDTH = 100

/** A doc comment, broken into lines. Paragraphs are kept; a line that begins with a blank is too. */
export function docComment(text: string, indent: string): string[] {
  const one = `${indent}/** ${text} */`
  if (!text.includes('\n') && one.length <= WIDTH) return [one]
  const lines = text
    .split('\n')
    .flatMap((line) => (line.startsWith(' ') ? [line] : wrapped(line, WIDTH - indent.length - 3)))
  return [
    `${indent}/**`,
    ...lines.map((line) => `${indent} *${line === '' ? '' : ` ${line}`}`),
    `${indent} */`,
  ]
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines
}

/** A quoted string as the formatter writes it. */
export function quoted(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return escaped.includes("'") && !escaped.includes('"')
    ? `"${escaped}"`
    : `'${escaped.replaceAll("'", "\\'")}'`
}

/** A list in braces: in one line if it fits, else one entry to a line. */
export function bracketed(
  open: string,
  entries: readonly string[],
  close: string,
  indent: string,
): string[] {
  const one = `${indent}${open} ${entries.join(', ')} ${close}`
  if (one.length <= WIDTH) return [one]
  return [indent + open, ...entries.map((entry) => `${indent}  ${entry},`), indent + close]
}

/** A conditional statement, in two lines if it is too long for one. */
export function conditional(condition: string, statement: string, indent: string): string[] {
  const one = `${indent}${condition} ${statement}`
  return one.length <= WIDTH ? [one] : [indent + condition, `${indent}  ${statement}`]
}

/** An assignment in a constructor, its value in a line of its own if it is too long. */
export function assigned(target: string, value: string): string[] {
  const one = `    ${target} = ${value}`
  return one.length <= WIDTH ? [one] : [`    ${target} =`, `      ${value}`]
}

/** The head of a method, its parameters in a line each if they do not fit in one. */
export function signature(name: string, parameters: readonly string[], result: string): string[] {
  const one = `  ${name}(${parameters.join(', ')}): ${result} {`
  if (one.length <= WIDTH) return [one]
  return [`  ${name}(`, ...parameters.map((each) => `    ${each},`), `  ): ${result} {`]
}

/** `addOrderWithMpid` → `add-order-with-mpid`. */
export function kebab(name: string): string {
  return name.replaceAll(/[A-Z]+/g, (upper) => `-${upper.toLowerCase()}`).replace(/^-/, '')
}

/** `addOrderWithMpid` → `add order with mpid`. */
export function words(name: string): string {
  return kebab(name).replaceAll('-', ' ')
}
