import * as http from 'node:http';
import * as https from 'node:https';
import type { SecureContext } from 'node:tls';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { proxyFor } from './proxy.js';
import { tunnelFailure } from './proxy-error.js';
import { trustAlso } from './trusted-certificates.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Gives a request its connection. Node's agents have this method, but its types do not. */
interface RequestAgent {
  addRequest(request: http.ClientRequest, options: http.RequestOptions): void;
  destroy(): void;
}

export interface Agents {
  readonly httpAgent: http.Agent;
  readonly httpsAgent: https.Agent;
}

export interface AgentsOptions {
  /** Default: this process's. */
  readonly environment?: Environment | undefined;
  readonly maxSockets?: number | undefined;
  /** A variable with the path of additional certificates to trust. */
  readonly certificatesVariable?: string | undefined;
}

/**
 * Agents that connect directly or through the proxy of the environment, and keep connections open for further requests.
 */
export function createAgents(options: AgentsOptions): Agents {
  const { environment = process.env, maxSockets = Infinity, certificatesVariable } = options;
  const settings = { environment, maxSockets };
  const secureContext = certificatesVariable === undefined ? undefined : trustAlso(certificatesVariable, environment);
  const httpsAgent: unknown = new RoutingAgent('https:', { ...settings, secureContext });
  return { httpAgent: new RoutingAgent('http:', settings), httpsAgent: httpsAgent as https.Agent };
}

let shared: Agents | undefined;

/** The agent of all connections that need no special settings. */
export function sharedAgent(protocol: string): http.Agent {
  shared ??= createAgents({});
  return protocol === 'https:' ? shared.httpsAgent : shared.httpAgent;
}

interface RoutingSettings {
  readonly environment: Environment;
  readonly maxSockets: number;
  readonly secureContext?: SecureContext | undefined;
}

class RoutingAgent extends http.Agent {
  readonly #protocol: 'http:' | 'https:';
  readonly #settings: RoutingSettings;
  readonly #agents = new Map<string, RequestAgent>();

  constructor(protocol: 'http:' | 'https:', settings: RoutingSettings) {
    super({ keepAlive: true });
    // Node reads both when it creates a request.
    Object.assign(this, { protocol, defaultPort: protocol === 'https:' ? 443 : 80 });
    this.#protocol = protocol;
    this.#settings = settings;
  }

  addRequest(request: http.ClientRequest, options: http.RequestOptions): void {
    const { host, port } = options;
    const name = host?.includes(':') === true ? `[${host}]` : (host ?? 'localhost');
    const proxy = proxyFor(new URL(`${this.#protocol}//${name}:${port ?? ''}`), this.#settings.environment);
    const { secureContext } = this.#settings;
    const more = { secureEndpoint: this.#protocol === 'https:', ...(secureContext && { secureContext }) };
    // The agent would hand the proxy's response to the request, as if the server had sent it.
    if (proxy !== undefined)
      request.once('proxyConnect', ({ statusCode }: { readonly statusCode: number }) => {
        if (statusCode !== 200) request.destroy(tunnelFailure(proxy, `${name}:${port ?? 443}`, statusCode));
      });
    this.#agentFor(proxy).addRequest(request, { ...options, ...more });
  }

  override destroy(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    super.destroy();
  }

  #agentFor(proxy: URL | undefined): RequestAgent {
    const key = proxy?.href ?? '';
    const agent = this.#agents.get(key) ?? this.#createAgent(proxy);
    this.#agents.set(key, agent);
    return agent;
  }

  #createAgent(proxy: URL | undefined): RequestAgent {
    const options = { keepAlive: true, maxSockets: this.#settings.maxSockets };
    const agent =
      this.#protocol === 'https:'
        ? proxy === undefined
          ? new https.Agent(options)
          : new HttpsProxyAgent(proxy, options)
        : proxy === undefined
          ? new http.Agent(options)
          : new HttpProxyAgent(proxy, options);
    return agent as unknown as RequestAgent;
  }
}
