import { itIsAnAct } from '../../support/act-cases.ts';
import { PERSON_ACT_CASES } from '../../support/person-act-cases.ts';

describe('what is done about one thing that a person has', function acts() {
  this.timeout(60_000);
  itIsAnAct(PERSON_ACT_CASES);
});
