/** What happened in one bucket of a chart. */
export function Marks({ marks }: { marks: readonly string[] | undefined }) {
  if (marks === undefined) return null;
  return (
    <ul class="marks">
      {marks.map((text) => (
        <li key={text} dir="auto">
          {text}
        </li>
      ))}
    </ul>
  );
}
