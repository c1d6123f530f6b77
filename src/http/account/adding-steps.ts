import type { Context } from 'koa';
import { z } from 'zod';
import type { Limits } from '../../domain/rate-limits/policy.ts';
import type { RateLimits } from '../../domain/rate-limits/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Enrolment } from '../../lifecycle/enrolled-factor.ts';
import type { FactorEnrolment } from '../../lifecycle/factor-enrolment.ts';
import { UnitConflict } from '../../storage/unit-of-work.ts';
import type { CodesCookie } from '../kit/codes-cookie.ts';
import { originOf } from '../kit/context.ts';
import { enforceLimits } from '../kit/limits.ts';
import { seeOther } from '../kit/redirects.ts';
import { commitMade } from '../pages/factor-forms.ts';
import type { Pages } from '../pages/pages.ts';
import { type Confirmation, type Posted, SECURITY_PAGE } from './confirmed-visitor.ts';
import { CODES_SHOWN_PAGE } from './factors.ts';
import type { AccountViews } from './views.ts';
import type { Visitor } from './visitor.ts';

export interface FactorWizardDependencies {
  readonly issuerName: string;
  readonly factorEnrolment: FactorEnrolment;
  readonly confirmation: Confirmation;
  readonly rateLimits: Pick<RateLimits, 'take'>;
  readonly limits: Pick<Limits, 'factorSetupPerPerson'>;
  readonly codesCookie: CodesCookie;
  readonly clock: Clock;
  readonly pages: Pages<AccountViews>;
}

export const addForm = z.object({ csrf: z.string().max(200) });

/** What the wizard of every kind does in the same way on the pages of the account. */
export type AddingSteps = ReturnType<typeof createAddingSteps>;

/** What is shown and changed before they run, the caller has had confirmed (`confirmed-visitor.ts`). */
export function createAddingSteps({ codesCookie, ...deps }: FactorWizardDependencies) {
  /** What a ceremony of the browser is bound to. */
  const binding = ({ session }: Visitor) => session.sessionUid;
  const sightingOf = (ctx: Context) => {
    const { ip, userAgent } = originOf(ctx);
    return { at: deps.clock.now(), ip, userAgent };
  };

  async function enforceSetups(ctx: Context, { account }: Visitor): Promise<void> {
    const limit = deps.limits.factorSetupPerPerson;
    enforceLimits(ctx, await deps.rateLimits.take([{ limit, key: account.id }]));
  }

  /**
   * The factor is there: on to its recovery codes, where it brought some. Of several requests the first has made it; `lost` may
   * answer another one, by the code with which its unit has failed.
   */
  async function finish(
    ctx: Context,
    confirmed: Posted<unknown>,
    { factor, made, codes }: Enrolment,
    lost: (code: string) => Promise<void> | undefined = () => undefined,
  ): Promise<void> {
    const { visitor } = confirmed;
    if (!(await confirmed.mayChange())) return;
    try {
      await commitMade(made, binding(visitor));
    } catch (error) {
      if (!(error instanceof UnitConflict)) throw error;
      const answered = lost(error.code);
      return answered ?? seeOther(ctx, SECURITY_PAGE);
    }
    if (codes === undefined) return seeOther(ctx, `${SECURITY_PAGE}?done=${factor.kind}-added`);
    codesCookie.write(ctx, CODES_SHOWN_PAGE, visitor.account.id, codes);
    seeOther(ctx, CODES_SHOWN_PAGE);
  }

  return { binding, sightingOf, enforceSetups, finish };
}
