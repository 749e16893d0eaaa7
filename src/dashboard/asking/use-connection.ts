import { useEffect, useState } from "preact/hooks";
import { connection } from "./connection.ts";

export function useIsLost(): boolean {
  const [isLost, setIsLost] = useState(connection.isLost);
  useEffect(() => connection.watch(() => setIsLost(connection.isLost)), []);
  return isLost;
}
