import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["**/static/lib/**", "**/node_modules/**", ".cache/**"] },
  js.configs.recommended,
  {
    // Odoo treats every file of static/src and static/tests as a module.
    files: ["addons/*/static/**/*.js"],
    languageOptions: {
      ecmaVersion: 2024,
      sourceType: "module",
      globals: { ...globals.browser, odoo: "readonly", luxon: "readonly", Chart: "readonly" },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      complexity: ["error", 12],
      curly: "error",
      "default-case-last": "error",
      eqeqeq: ["error", "always", { null: "ignore" }],
      "max-lines": ["error", { max: 300, skipBlankLines: true }],
      "max-lines-per-function": ["error", { max: 80, skipBlankLines: true, skipComments: true }],
      "no-alert": "error",
      "no-console": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-param-reassign": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Build nodes or use renderToElement: no HTML strings." },
        { property: "outerHTML", message: "Build nodes or use renderToElement: no HTML strings." },
      ],
      "no-shadow": "error",
      "no-throw-literal": "error",
      "no-unused-vars": ["error", { args: "after-used", argsIgnorePattern: "^_" }],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-template": "error",
    },
  },
  {
    // One describe() holds many cases.
    files: ["addons/*/static/tests/**/*.js"],
    rules: { "max-lines-per-function": "off" },
  },
  {
    // Pages of the simulators: plain scripts of a browser, no Odoo.
    files: ["tests/**/*.js"],
    languageOptions: { ecmaVersion: 2024, sourceType: "script", globals: globals.browser },
  },
  {
    files: ["*.mjs", "tests/sdk/*.mjs"],
    languageOptions: { sourceType: "module", globals: globals.node },
  },
];
