import { MOST_ITEMS } from '../administration/list.ts';

interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** The first items of a list, over as many of its pages as that takes. */
export async function firstItems<Item>(
  most: number,
  read: (page: { limit: number; cursor?: string }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  let next: string | null = null;
  do {
    const page: Page<Item> = await read({
      limit: Math.min(most - items.length, MOST_ITEMS),
      ...(next === null ? {} : { cursor: next }),
    });
    items.push(...page.items);
    next = page.next;
  } while (next !== null && items.length < most);
  return items;
}
