// Says of the rules for a new password, while it is typed, which are met: those that a browser can judge. The others are
// judged when the form is sent. Without this script the rules are a list.

const KINDS = {
  lower: /\p{Ll}/u,
  upper: /\p{Lu}/u,
  digit: /\p{Nd}/u,
  symbol: /[^\p{L}\p{M}\p{N}]/u,
};

const judges = {
  length: (characters, { min, max }) => characters.length >= Number(min) && characters.length <= Number(max),
  characters: (characters, { kind }) => characters.some((character) => KINDS[kind].test(character)),
  repetition: (characters) => new Set(characters).size > 1,
};

for (const list of document.querySelectorAll('[data-rules]')) {
  const input = document.getElementById(list.dataset.rules);
  const rules = [...list.querySelectorAll('[data-rule]')];
  input.addEventListener('input', () => {
    // Counted as the server counts: code points of the composed form.
    const characters = [...input.value.normalize('NFC')];
    for (const rule of rules) {
      const judge = judges[rule.dataset.rule];
      // What was said of the password before says nothing of this one; nor is a beginning a failure.
      if (judge?.(characters, rule.dataset)) rule.dataset.state = 'met';
      else delete rule.dataset.state;
    }
  });
}
