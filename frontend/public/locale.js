// WebKitGTK answers navigator.language with "C" when LANG is unset or C.UTF-8, and Intl throws on
// that tag while modules load: a blank window. This runs before them. See e2e/locale.test.mjs.
;(function () {
  function usable(tag) {
    try {
      return typeof tag === 'string' && tag !== '' && Intl.getCanonicalLocales(tag).length === 1
    } catch {
      return false
    }
  }
  function replace(name, value) {
    Object.defineProperty(navigator, name, { value: value, configurable: true, enumerable: true })
  }
  if (!usable(navigator.language)) replace('language', 'en')
  var tags = navigator.languages || []
  if (tags.length === 0 || !tags.every(usable)) {
    replace('languages', Object.freeze([navigator.language]))
  }
})()
