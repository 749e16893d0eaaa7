export interface PortListener<Message> {
  readonly receive: (message: Message) => void;
  /** The other end was closed, as by the exit of its thread. */
  readonly left: () => void;
}

export function listen<Message>(port: MessagePort, { receive, left }: PortListener<Message>): void {
  port.addEventListener("message", (event) => {
    if (event instanceof MessageEvent) receive(event.data);
  });
  port.addEventListener("close", left);
  port.start();
}
