// Says of the rules for a new password, while it is typed, which are met: those that a browser can judge, by what the server has
// put on each. The others are judged when the form is sent. Without this script the rules are a list.

const judges = {
  length: (characters, { min, max }) => characters.length >= Number(min) && characters.length <= Number(max),
  characters: (characters, { pattern }) => new RegExp(pattern, 'u').test(characters.join('')),
  repetition: (characters) => new Set(characters).size > 1,
};

// Who hears the page is told when they pause, not at each key.
const PAUSE_MS = 700;

for (const list of document.querySelectorAll('[data-rules]')) {
  const input = document.getElementById(list.dataset.rules);
  const rules = [...list.querySelectorAll('[data-rule]')].filter(({ dataset }) => dataset.rule in judges);
  const status = list.querySelector('[data-rules-say]');
  const said = new Set();
  let pause;

  const say = () => {
    const met = rules.filter(({ dataset }) => dataset.state === 'met');
    const words = (rule, state) =>
      `${status.dataset[state]} ${rule.querySelector('[data-rule-text]').textContent}`;
    const lost = rules.filter((rule) => said.has(rule) && !met.includes(rule));
    const news = [
      ...met.filter((rule) => !said.has(rule)).map((rule) => words(rule, 'met')),
      ...lost.map((rule) => words(rule, 'unmet')),
    ];
    if (news.length > 0) status.textContent = news.join('. ');
    said.clear();
    for (const rule of met) said.add(rule);
  };

  input.addEventListener('input', () => {
    // Counted as the server counts: code points of the composed form.
    const characters = [...input.value.normalize('NFC')];
    // What was said of the password before says nothing of this one; nor is a beginning a failure.
    for (const rule of list.querySelectorAll('[data-rule]')) delete rule.dataset.state;
    for (const rule of rules) {
      if (judges[rule.dataset.rule](characters, rule.dataset)) rule.dataset.state = 'met';
    }
    clearTimeout(pause);
    pause = setTimeout(say, PAUSE_MS);
  });
}
