import type { ComponentChildren } from "preact";
import { useRoute } from "../app/route.ts";
import type { View } from "../app/view.ts";

interface LinkProps {
  readonly to: Partial<View>;
  readonly children: ComponentChildren;
  readonly class?: string;
  readonly title?: string;
  readonly label?: string;
  readonly isCurrent?: boolean;
  readonly onFollowed?: () => void;
}

/** A link to another view, which a middle click opens in a tab of its own. */
export function Link({
  to,
  children,
  class: className,
  title,
  label,
  isCurrent,
  onFollowed,
}: LinkProps) {
  const { go, hrefOf } = useRoute();
  return (
    <a
      href={hrefOf(to)}
      class={className}
      title={title}
      aria-label={label}
      aria-current={isCurrent ? "true" : undefined}
      onClick={(event) => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        go(to);
        onFollowed?.();
      }}
    >
      {children}
    </a>
  );
}
