import { AGENT_CHARACTERS_MAX, type Agent, parseAgent } from "./agent.ts";

/** A busy site sees some thousands of user agents a day. */
const AGENTS_MAX = 10_000;

/**
 * Remembers what recent user agents say, since parsing one takes twenty times as long as finding it. Clients choose them, so when one of two
 * halves is full, the older half is forgotten, except for those that are asked for again. Longer ones than
 * any browser sends are not remembered, which bounds the bytes too.
 */
export class AgentCache {
  readonly #halfMax: number;
  #recent = new Map<string, Agent>();
  #older = new Map<string, Agent>();

  constructor(agentsMax = AGENTS_MAX) {
    this.#halfMax = Math.ceil(agentsMax / 2);
  }

  read(userAgent: string): Agent {
    if (userAgent.length > AGENT_CHARACTERS_MAX) return parseAgent(userAgent);
    const known = this.#recent.get(userAgent);
    if (known !== undefined) return known;
    const agent = this.#older.get(userAgent) ?? parseAgent(userAgent);
    if (this.#recent.size >= this.#halfMax) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(userAgent, agent);
    return agent;
  }

  get size(): number {
    return this.#recent.size + this.#older.size;
  }
}
