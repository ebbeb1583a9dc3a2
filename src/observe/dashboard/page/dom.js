/** Makes an element: `make('td', { class: 'bad' }, 'text', child)`. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false)
      element.setAttribute(key, value === true ? '' : value)
  }
  element.append(...children)
  return element
}

/** The element of the page that has this id. */
export function byId(id) {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`the page has no #${id}`)
  return element
}

/** Writes a text, if it is another one: what does not change is not painted anew. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/**
 * Fills a table from its heads and rows: cells are texts, or `[text, class]`; the first of a row is its head.
 * Cells are kept, so that a selection and a reader's place in it stay.
 */
export function fillTable(table, caption, heads, rows) {
  const shape = JSON.stringify([heads, rows.map((row) => [row.class, row.cells.length])])
  if (table.dataset.shape !== shape) {
    table.dataset.shape = shape
    table.replaceChildren(
      make('caption', { class: 'hidden' }, caption),
      make('thead', {}, make('tr', {}, ...heads.map((head) => make('th', { scope: 'col' }, head)))),
      make(
        'tbody',
        {},
        ...rows.map(({ class: kind, cells }) =>
          make(
            'tr',
            { class: kind },
            ...cells.map((_, i) => make(i === 0 ? 'th' : 'td', i === 0 ? { scope: 'row' } : {})),
          ),
        ),
      ),
    )
  }
  rows.forEach(({ cells }, r) => {
    cells.forEach((cell, c) => {
      const [text, kind = ''] = Array.isArray(cell) ? cell : [cell]
      const element = table.tBodies[0].rows[r].cells[c]
      write(element, text)
      if (element.className !== kind) element.className = kind
    })
  })
}
