import type { Revenue } from "../../query/report-query.ts";
import type { FoldDay } from "../days/fold-day.ts";
import { SPAN_EVENTS } from "../days/spans.ts";
import type { Selection } from "../events/selection.ts";
import type { EventField } from "../fields/event-field.ts";
import type { EventFields } from "../fields/event-fields.ts";
import { gatherIds } from "../fields/value-source.ts";
import type { Money } from "../folded-report.ts";
import type { TextIds } from "../ids/text-ids.ts";
import type { Pace } from "../pace.ts";
import { addDecimals, type DecimalSum, parseDecimal, printDecimal, ZERO } from "./decimal-sum.ts";
import type { EventMetric } from "./event-metric.ts";

/** Sums by row and currency. */
export class RevenueSums {
  readonly #currencies: TextIds;
  readonly #sums = new Map<number, Map<number, DecimalSum>>();

  constructor(currencies: TextIds) {
    this.#currencies = currencies;
  }

  of(row: number): Money[] {
    return [...(this.#sums.get(row) ?? [])]
      .toSorted(([left], [right]) => this.#currencies.compare(left, right))
      .map(([id, sum]) => ({
        currency: this.#currencies.textOf(id) ?? "",
        value: printDecimal(sum),
      }));
  }

  add(row: number, currency: string, amount: DecimalSum): void {
    const id = this.#currencies.idOfText(currency);
    const sums = this.#sums.get(row) ?? new Map<number, DecimalSum>();
    this.#sums.set(row, sums.set(id, addDecimals(sums.get(id) ?? ZERO, amount)));
  }
}

/** Adds the amounts of the selected events. Leaves out those without a decimal amount or a currency. */
export class RevenueMetric implements EventMetric {
  readonly #amounts: EventField;
  readonly #currencies: EventField | string;
  readonly #sums: RevenueSums;
  /** By the id of the amount's text. */
  readonly #parsed = new Map<number, DecimalSum | undefined>();
  readonly #amountIds = new Int32Array(SPAN_EVENTS);
  readonly #currencyIds = new Int32Array(SPAN_EVENTS);

  constructor({ amountProperty, currency }: Revenue, fields: EventFields, sums: RevenueSums) {
    this.#amounts = fields.property(amountProperty);
    this.#currencies = "code" in currency ? currency.code : fields.property(currency.property);
    this.#sums = sums;
  }

  async prepare(day: FoldDay, pace: Pace): Promise<void> {
    await this.#amounts.prepare(day, pace);
    if (typeof this.#currencies !== "string") await this.#currencies.prepare(day, pace);
  }

  add(selection: Selection, day: FoldDay): void {
    const currencies = this.#currencies;
    gatherIds({ kind: "event", field: this.#amounts }, day, selection, this.#amountIds);
    if (typeof currencies !== "string") {
      gatherIds({ kind: "event", field: currencies }, day, selection, this.#currencyIds);
    }
    for (let at = 0; at < selection.count; at++) {
      const amount = this.#amount(this.#amountIds[at] ?? 0);
      const currency =
        typeof currencies === "string"
          ? currencies
          : currencies.ids.textOf(this.#currencyIds[at] ?? 0);
      if (amount === undefined || currency === null) continue;
      this.#sums.add(selection.groups[at] ?? 0, currency, amount);
    }
  }

  #amount(id: number): DecimalSum | undefined {
    if (!this.#parsed.has(id)) {
      this.#parsed.set(id, parseDecimal(this.#amounts.ids.textOf(id) ?? ""));
    }
    return this.#parsed.get(id);
  }
}
