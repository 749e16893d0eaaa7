declare module "*.sql" {
  const text: string;
  // oxlint-disable-next-line import/no-default-export -- the shape of a text import is the runtime's
  export default text;
}

declare module "*/home.css" {
  const text: string;
  // oxlint-disable-next-line import/no-default-export -- the shape of a text import is the runtime's
  export default text;
}

declare module "*/script.min.js" {
  const text: string;
  // oxlint-disable-next-line import/no-default-export -- the shape of a text import is the runtime's
  export default text;
}

declare module "swagger-ui-dist/*" {
  const path: string;
  // oxlint-disable-next-line import/no-default-export -- the shape of a file import is the runtime's
  export default path;
}
