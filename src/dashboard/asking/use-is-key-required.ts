import { useEffect, useState } from "preact/hooks";
import { keyRequired } from "../api/key-required.ts";

/** Whether the page can show nothing until its viewer signs in. */
export function useIsKeyRequired(): boolean {
  const [isTold, setIsTold] = useState(keyRequired.isTold);
  useEffect(() => {
    const follow = () => setIsTold(keyRequired.isTold);
    // It may have been told before this effect.
    follow();
    return keyRequired.watch(follow);
  }, []);
  return isTold;
}
