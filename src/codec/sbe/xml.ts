import { XmlElement } from '@rgrove/parse-xml'

/** The name without its namespace. */
export function localName(element: XmlElement): string {
  return element.name.replace(/^.*:/, '')
}

/** The elements below an element. */
export function childrenOf(element: XmlElement): XmlElement[] {
  return element.children.filter((child) => child instanceof XmlElement)
}

/** What a schema says about an element, in one line. */
export function docOf(element: XmlElement): string {
  return oneLine(element.attributes['description'] ?? '')
}

/** A text that can stand in a comment of generated code, whatever it holds. */
export function oneLine(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\*\/|[‹›]/g, '')
    .trim()
}
