/* Runs in engines too old for the site (older than Chromium 111 or Safari 16.4) and says what to do. Old syntax on purpose. */
(function () {
  var ok = window.CSS && CSS.supports && CSS.supports('color', 'oklch(0 0 0)') && CSS.supports('color', 'color-mix(in srgb, red, blue)')
  if (ok) return
  document.addEventListener('DOMContentLoaded', function () {
    var box = document.createElement('div')
    box.setAttribute('role', 'alert')
    box.style.cssText = 'margin:24px;padding:20px;border:2px solid #2f4bcf;border-radius:12px;font:18px/1.6 sans-serif;color:#151d3f;background:#fff'
    box.innerHTML = '<strong>\u8fd9\u4e2a\u6d4f\u89c8\u5668\u592a\u65e7\uff0c\u6253\u4e0d\u5f00\u672c\u9875</strong><br>\u8bf7\u628a\u5fae\u4fe1\u66f4\u65b0\u5230\u6700\u65b0\u7248\uff0c\u6216\u7528\u624b\u673a\u81ea\u5e26\u7684\u6d4f\u89c8\u5668\u6253\u5f00\u8fd9\u4e2a\u7f51\u5740\u3002<br>Please update WeChat, or open this address in the system browser.'
    document.body.insertBefore(box, document.body.firstChild)
  })
})()
