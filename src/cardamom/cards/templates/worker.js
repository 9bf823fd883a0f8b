{#- The service worker's first lines; the work is in js/card-worker.js. A release with other files is another worker. #}
self.RELEASE_FILES = [
{% for name in ("css/fonts.css", "css/tokens.css", "css/base.css", "css/layout.css", "css/components.css", "css/card.css", "css/customer.css", "js/page.js", "js/card.js", "js/live-code.js") %}
  "{{ static_url(name) }}",
{% endfor %}
];
importScripts("{{ static_url('js/card-worker.js') }}");
