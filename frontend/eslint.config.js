// Lint: Vue, accessibility, TypeScript, and the house rules "no Chinese outside locales" and "only api/ knows HTTP".
import { defineConfigWithVueTs, vueTsConfigs } from '@vue/eslint-config-typescript'
import pluginVue from 'eslint-plugin-vue'
import a11y from 'eslint-plugin-vuejs-accessibility'
import globals from 'globals'

const HAN = '/[\\u3400-\\u9fff\\uff01-\\uff5e]/'
const inLocales = 'Words people read belong in src/locales/.'
const layoutRules = [
  'multi-word-component-names',
  'max-attributes-per-line',
  'singleline-html-element-content-newline',
  'multiline-html-element-content-newline',
  'html-self-closing',
  'html-indent',
  'first-attribute-linebreak',
  'html-closing-bracket-newline',
  'attributes-order',
]

export default defineConfigWithVueTs(
  { ignores: ['dist', 'src/api', '*.d.ts'] },
  pluginVue.configs['flat/recommended-error'],
  ...a11y.configs['flat/recommended'],
  vueTsConfigs.recommended,
  {
    rules: {
      ...Object.fromEntries(layoutRules.map((r) => [`vue/${r}`, 'off'])),
      'max-lines': ['error', 300],
      '@typescript-eslint/no-explicit-any': 'error',
      // UFormField and our own label slots tie the label by id at run time; axe checks the result.
      'vuejs-accessibility/label-has-for': 'off',
    },
  },
  {
    files: ['src/**/*.{ts,vue}'],
    ignores: ['src/locales/**', 'src/**/*.test.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: `Literal[value=${HAN}]`, message: inLocales },
        { selector: `TemplateElement[value.raw=${HAN}]`, message: inLocales },
      ],
      'vue/no-restricted-syntax': [
        'error',
        { selector: `VElement:not([name='script']) > VText[value=${HAN}]`, message: inLocales },
        { selector: `VLiteral[value=${HAN}]`, message: inLocales },
        { selector: `Literal[value=${HAN}]`, message: inLocales },
      ],
      'no-restricted-globals': ['error', { name: 'fetch', message: 'Use the generated functions of src/api.' }],
    },
  },
  { files: ['scripts/**', '*.config.*'], languageOptions: { globals: globals.node } },
)
