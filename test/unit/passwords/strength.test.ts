import { expect } from 'chai';
import { createStrengthEstimator, type StrengthEstimator } from '../../../src/domain/passwords/strength.ts';

describe('password strength', function () {
  this.timeout(20_000);
  let strength: StrengthEstimator;

  before(async () => {
    strength = createStrengthEstimator();
    await strength.score('warm up', []);
  });
  after(() => strength.close());

  const strong = [
    'correct horse battery staple',
    'seven quiet lanterns',
    'tres linternas muy calladas',
    '密码不是一匹马的名字啊',
    'xT7#pqL2!vRb',
  ];
  const weak = [
    'password1234',
    'P@ssw0rd1234',
    'qwertyuiop123',
    '1q2w3e4r5t6y',
    'aaaaaaaaaaaaaaaaaaaaaaaa',
    'abcabcabcabcabc',
    'contraseña2026',
    'zvbxkpzvbxkp',
    '19901231199012311990',
  ];
  for (const password of strong) {
    it(`of ${password} is enough`, async () => {
      expect(await strength.score(password, [])).to.be.at.least(3);
    });
  }
  for (const password of weak) {
    it(`of ${password} is not enough`, async () => {
      expect(await strength.score(password, [])).to.be.below(3);
    });
  }

  it('is less where a guesser knows the words', async () => {
    expect(await strength.score('Okonkwolabs2026', [])).to.be.at.least(3);
    expect(await strength.score('Okonkwolabs2026', ['okonkwolabs'])).to.be.below(3);
  });

  it('looks at the beginning of a long password only, which never makes it weaker', async () => {
    expect(await strength.score('correct horse battery staple '.repeat(140), [])).to.equal(4);
    expect(await strength.score(`${'a'.repeat(200)} correct horse battery staple`, [])).to.equal(0);
  });

  it('leaves the main thread free, whatever is estimated', async () => {
    let longestMs = 0;
    let last = performance.now();
    const tick = () => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    };
    const timer = setInterval(tick, 1);
    const startedAt = performance.now();
    // Every character could stand for another: the worst that can be asked.
    await Promise.all(
      Array.from({ length: 5 }, (_, turn) => strength.score('4@8(3|1!05$7+'.repeat(20 + turn), [])),
    );
    const tookMs = performance.now() - startedAt;
    clearInterval(timer);
    expect(longestMs).to.be.below(tookMs / 2);
  });

  it('turns away what would wait too long', async () => {
    const answers = await Promise.allSettled(Array.from({ length: 60 }, () => strength.score('abc', [])));
    const refused = answers.filter(({ status }) => status === 'rejected');
    expect(refused).to.have.length(9);
    expect(refused[0]).to.have.nested.property('reason.code', 'hashing_busy');
  });

  it('starts again after it had nothing to do', async () => {
    const resting = createStrengthEstimator(10);
    expect(await resting.score('password1234', [])).to.equal(1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await resting.score('password1234', [])).to.equal(1);
    await resting.close();
  });
});
