// What somebody typed before the scripts of the page had come, or what the browser brought back of it.

/** Whether a field holds another value than the one that the page came with. */
export function wasTyped(field) {
  if (field.matches("[type=hidden], [type=file], button, fieldset, output")) return false;
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  if (field.matches("select")) return field.selectedIndex !== Math.max(0, [...field.options].findIndex((o) => o.defaultSelected));
  return field.value !== field.defaultValue;
}
