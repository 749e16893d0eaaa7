declare module "*.sql" {
  const text: string;
  // oxlint-disable-next-line import/no-default-export -- the shape of a text import is the runtime's
  export default text;
}
