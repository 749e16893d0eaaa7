/** Of texts that people write in pages and commands, in bytes of UTF-8. The dashboard may import nothing else of this kind. */
export const SITE_NAME_BYTES_MAX = 200;
/** Of keys and public links. */
export const OWN_LABEL_BYTES_MAX = 200;
export const PASSWORD_BYTES_MAX = 200;
/** Short ones are guessed, however slowly. */
export const PASSWORD_CHARACTERS_MIN = 8;
export const ANNOTATION_BYTES_MAX = 500;
/** A key must fit a PostgreSQL B-tree entry of 2,704 bytes. */
export const SITE_ID_BYTES_MAX = 128;
/** Of goals and segments, and of short texts of events. */
export const LABEL_BYTES_MAX = 255;
export const PROPERTY_NAME_BYTES_MAX = 64;
