import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 421:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");

/***/ }),

/***/ 474:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:events");

/***/ }),

/***/ 24:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");

/***/ }),

/***/ 760:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");

/***/ }),

/***/ 708:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:process");

/***/ }),

/***/ 637:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const { Argument } = __nccwpck_require__(546);
const { Command } = __nccwpck_require__(492);
const { CommanderError, InvalidArgumentError } = __nccwpck_require__(343);
const { Help } = __nccwpck_require__(858);
const { Option } = __nccwpck_require__(992);

exports.DM = new Command();

exports.gu = (name) => new Command(name);
exports.Ww = (flags, description) => new Option(flags, description);
exports.er = (name, description) => new Argument(name, description);

/**
 * Expose classes
 */

exports.uB = Command;
exports.c$ = Option;
exports.ef = Argument;
exports._V = Help;

exports.b7 = CommanderError;
exports.Di = InvalidArgumentError;
exports.a2 = InvalidArgumentError; // Deprecated


/***/ }),

/***/ 546:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const { InvalidArgumentError } = __nccwpck_require__(343);

class Argument {
  /**
   * Initialize a new command argument with the given name and description.
   * The default is that the argument is required, and you can explicitly
   * indicate this with <> around the name. Put [] around the name for an optional argument.
   *
   * @param {string} name
   * @param {string} [description]
   */

  constructor(name, description) {
    this.description = description || '';
    this.variadic = false;
    this.parseArg = undefined;
    this.defaultValue = undefined;
    this.defaultValueDescription = undefined;
    this.argChoices = undefined;

    switch (name[0]) {
      case '<': // e.g. <required>
        this.required = true;
        this._name = name.slice(1, -1);
        break;
      case '[': // e.g. [optional]
        this.required = false;
        this._name = name.slice(1, -1);
        break;
      default:
        this.required = true;
        this._name = name;
        break;
    }

    if (this._name.endsWith('...')) {
      this.variadic = true;
      this._name = this._name.slice(0, -3);
    }
  }

  /**
   * Return argument name.
   *
   * @return {string}
   */

  name() {
    return this._name;
  }

  /**
   * @package
   */

  _collectValue(value, previous) {
    if (previous === this.defaultValue || !Array.isArray(previous)) {
      return [value];
    }

    previous.push(value);
    return previous;
  }

  /**
   * Set the default value, and optionally supply the description to be displayed in the help.
   *
   * @param {*} value
   * @param {string} [description]
   * @return {Argument}
   */

  default(value, description) {
    this.defaultValue = value;
    this.defaultValueDescription = description;
    return this;
  }

  /**
   * Set the custom handler for processing CLI command arguments into argument values.
   *
   * @param {Function} [fn]
   * @return {Argument}
   */

  argParser(fn) {
    this.parseArg = fn;
    return this;
  }

  /**
   * Only allow argument value to be one of choices.
   *
   * @param {string[]} values
   * @return {Argument}
   */

  choices(values) {
    this.argChoices = values.slice();
    this.parseArg = (arg, previous) => {
      if (!this.argChoices.includes(arg)) {
        throw new InvalidArgumentError(
          `Allowed choices are ${this.argChoices.join(', ')}.`,
        );
      }
      if (this.variadic) {
        return this._collectValue(arg, previous);
      }
      return arg;
    };
    return this;
  }

  /**
   * Make argument required.
   *
   * @returns {Argument}
   */
  argRequired() {
    this.required = true;
    return this;
  }

  /**
   * Make argument optional.
   *
   * @returns {Argument}
   */
  argOptional() {
    this.required = false;
    return this;
  }
}

/**
 * Takes an argument and returns its human readable equivalent for help usage.
 *
 * @param {Argument} arg
 * @return {string}
 * @private
 */

function humanReadableArgName(arg) {
  const nameOutput = arg.name() + (arg.variadic === true ? '...' : '');

  return arg.required ? '<' + nameOutput + '>' : '[' + nameOutput + ']';
}

exports.Argument = Argument;
exports.humanReadableArgName = humanReadableArgName;


/***/ }),

/***/ 492:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const EventEmitter = (__nccwpck_require__(474).EventEmitter);
const childProcess = __nccwpck_require__(421);
const path = __nccwpck_require__(760);
const fs = __nccwpck_require__(24);
const process = __nccwpck_require__(708);

const { Argument, humanReadableArgName } = __nccwpck_require__(546);
const { CommanderError } = __nccwpck_require__(343);
const { Help, stripColor } = __nccwpck_require__(858);
const { Option, DualOptions } = __nccwpck_require__(992);
const { suggestSimilar } = __nccwpck_require__(646);

class Command extends EventEmitter {
  /**
   * Initialize a new `Command`.
   *
   * @param {string} [name]
   */

  constructor(name) {
    super();
    /** @type {Command[]} */
    this.commands = [];
    /** @type {Option[]} */
    this.options = [];
    this.parent = null;
    this._allowUnknownOption = false;
    this._allowExcessArguments = false;
    /** @type {Argument[]} */
    this.registeredArguments = [];
    this._args = this.registeredArguments; // deprecated old name
    /** @type {string[]} */
    this.args = []; // cli args with options removed
    this.rawArgs = [];
    this.processedArgs = []; // like .args but after custom processing and collecting variadic
    this._scriptPath = null;
    this._name = name || '';
    this._optionValues = {};
    this._optionValueSources = {}; // default, env, cli etc
    this._storeOptionsAsProperties = false;
    this._actionHandler = null;
    this._executableHandler = false;
    this._executableFile = null; // custom name for executable
    this._executableDir = null; // custom search directory for subcommands
    this._defaultCommandName = null;
    this._exitCallback = null;
    this._aliases = [];
    this._combineFlagAndOptionalValue = true;
    this._description = '';
    this._summary = '';
    this._argsDescription = undefined; // legacy
    this._enablePositionalOptions = false;
    this._passThroughOptions = false;
    this._lifeCycleHooks = {}; // a hash of arrays
    /** @type {(boolean | string)} */
    this._showHelpAfterError = false;
    this._showSuggestionAfterError = true;
    this._savedState = null; // used in save/restoreStateBeforeParse

    // see configureOutput() for docs
    this._outputConfiguration = {
      writeOut: (str) => process.stdout.write(str),
      writeErr: (str) => process.stderr.write(str),
      outputError: (str, write) => write(str),
      getOutHelpWidth: () =>
        process.stdout.isTTY ? process.stdout.columns : undefined,
      getErrHelpWidth: () =>
        process.stderr.isTTY ? process.stderr.columns : undefined,
      getOutHasColors: () =>
        useColor() ?? (process.stdout.isTTY && process.stdout.hasColors?.()),
      getErrHasColors: () =>
        useColor() ?? (process.stderr.isTTY && process.stderr.hasColors?.()),
      stripColor: (str) => stripColor(str),
    };

    this._hidden = false;
    /** @type {(Option | null | undefined)} */
    this._helpOption = undefined; // Lazy created on demand. May be null if help option is disabled.
    this._addImplicitHelpCommand = undefined; // undecided whether true or false yet, not inherited
    /** @type {Command} */
    this._helpCommand = undefined; // lazy initialised, inherited
    this._helpConfiguration = {};
    /** @type {string | undefined} */
    this._helpGroupHeading = undefined; // soft initialised when added to parent
    /** @type {string | undefined} */
    this._defaultCommandGroup = undefined;
    /** @type {string | undefined} */
    this._defaultOptionGroup = undefined;
  }

  /**
   * Copy settings that are useful to have in common across root command and subcommands.
   *
   * (Used internally when adding a command using `.command()` so subcommands inherit parent settings.)
   *
   * @param {Command} sourceCommand
   * @return {Command} `this` command for chaining
   */
  copyInheritedSettings(sourceCommand) {
    this._outputConfiguration = sourceCommand._outputConfiguration;
    this._helpOption = sourceCommand._helpOption;
    this._helpCommand = sourceCommand._helpCommand;
    this._helpConfiguration = sourceCommand._helpConfiguration;
    this._exitCallback = sourceCommand._exitCallback;
    this._storeOptionsAsProperties = sourceCommand._storeOptionsAsProperties;
    this._combineFlagAndOptionalValue =
      sourceCommand._combineFlagAndOptionalValue;
    this._allowExcessArguments = sourceCommand._allowExcessArguments;
    this._enablePositionalOptions = sourceCommand._enablePositionalOptions;
    this._showHelpAfterError = sourceCommand._showHelpAfterError;
    this._showSuggestionAfterError = sourceCommand._showSuggestionAfterError;

    return this;
  }

  /**
   * @returns {Command[]}
   * @private
   */

  _getCommandAndAncestors() {
    const result = [];
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    for (let command = this; command; command = command.parent) {
      result.push(command);
    }
    return result;
  }

  /**
   * Define a command.
   *
   * There are two styles of command: pay attention to where to put the description.
   *
   * @example
   * // Command implemented using action handler (description is supplied separately to `.command`)
   * program
   *   .command('clone <source> [destination]')
   *   .description('clone a repository into a newly created directory')
   *   .action((source, destination) => {
   *     console.log('clone command called');
   *   });
   *
   * // Command implemented using separate executable file (description is second parameter to `.command`)
   * program
   *   .command('start <service>', 'start named service')
   *   .command('stop [service]', 'stop named service, or all if no name supplied');
   *
   * @param {string} nameAndArgs - command name and arguments, args are `<required>` or `[optional]` and last may also be `variadic...`
   * @param {(object | string)} [actionOptsOrExecDesc] - configuration options (for action), or description (for executable)
   * @param {object} [execOpts] - configuration options (for executable)
   * @return {Command} returns new command for action handler, or `this` for executable command
   */

  command(nameAndArgs, actionOptsOrExecDesc, execOpts) {
    let desc = actionOptsOrExecDesc;
    let opts = execOpts;
    if (typeof desc === 'object' && desc !== null) {
      opts = desc;
      desc = null;
    }
    opts = opts || {};
    const [, name, args] = nameAndArgs.match(/([^ ]+) *(.*)/);

    const cmd = this.createCommand(name);
    if (desc) {
      cmd.description(desc);
      cmd._executableHandler = true;
    }
    if (opts.isDefault) this._defaultCommandName = cmd._name;
    cmd._hidden = !!(opts.noHelp || opts.hidden); // noHelp is deprecated old name for hidden
    cmd._executableFile = opts.executableFile || null; // Custom name for executable file, set missing to null to match constructor
    if (args) cmd.arguments(args);
    this._registerCommand(cmd);
    cmd.parent = this;
    cmd.copyInheritedSettings(this);

    if (desc) return this;
    return cmd;
  }

  /**
   * Factory routine to create a new unattached command.
   *
   * See .command() for creating an attached subcommand, which uses this routine to
   * create the command. You can override createCommand to customise subcommands.
   *
   * @param {string} [name]
   * @return {Command} new command
   */

  createCommand(name) {
    return new Command(name);
  }

  /**
   * You can customise the help with a subclass of Help by overriding createHelp,
   * or by overriding Help properties using configureHelp().
   *
   * @return {Help}
   */

  createHelp() {
    return Object.assign(new Help(), this.configureHelp());
  }

  /**
   * You can customise the help by overriding Help properties using configureHelp(),
   * or with a subclass of Help by overriding createHelp().
   *
   * @param {object} [configuration] - configuration options
   * @return {(Command | object)} `this` command for chaining, or stored configuration
   */

  configureHelp(configuration) {
    if (configuration === undefined) return this._helpConfiguration;

    this._helpConfiguration = configuration;
    return this;
  }

  /**
   * The default output goes to stdout and stderr. You can customise this for special
   * applications. You can also customise the display of errors by overriding outputError.
   *
   * The configuration properties are all functions:
   *
   *     // change how output being written, defaults to stdout and stderr
   *     writeOut(str)
   *     writeErr(str)
   *     // change how output being written for errors, defaults to writeErr
   *     outputError(str, write) // used for displaying errors and not used for displaying help
   *     // specify width for wrapping help
   *     getOutHelpWidth()
   *     getErrHelpWidth()
   *     // color support, currently only used with Help
   *     getOutHasColors()
   *     getErrHasColors()
   *     stripColor() // used to remove ANSI escape codes if output does not have colors
   *
   * @param {object} [configuration] - configuration options
   * @return {(Command | object)} `this` command for chaining, or stored configuration
   */

  configureOutput(configuration) {
    if (configuration === undefined) return this._outputConfiguration;

    this._outputConfiguration = {
      ...this._outputConfiguration,
      ...configuration,
    };
    return this;
  }

  /**
   * Display the help or a custom message after an error occurs.
   *
   * @param {(boolean|string)} [displayHelp]
   * @return {Command} `this` command for chaining
   */
  showHelpAfterError(displayHelp = true) {
    if (typeof displayHelp !== 'string') displayHelp = !!displayHelp;
    this._showHelpAfterError = displayHelp;
    return this;
  }

  /**
   * Display suggestion of similar commands for unknown commands, or options for unknown options.
   *
   * @param {boolean} [displaySuggestion]
   * @return {Command} `this` command for chaining
   */
  showSuggestionAfterError(displaySuggestion = true) {
    this._showSuggestionAfterError = !!displaySuggestion;
    return this;
  }

  /**
   * Add a prepared subcommand.
   *
   * See .command() for creating an attached subcommand which inherits settings from its parent.
   *
   * @param {Command} cmd - new subcommand
   * @param {object} [opts] - configuration options
   * @return {Command} `this` command for chaining
   */

  addCommand(cmd, opts) {
    if (!cmd._name) {
      throw new Error(`Command passed to .addCommand() must have a name
- specify the name in Command constructor or using .name()`);
    }

    opts = opts || {};
    if (opts.isDefault) this._defaultCommandName = cmd._name;
    if (opts.noHelp || opts.hidden) cmd._hidden = true; // modifying passed command due to existing implementation

    this._registerCommand(cmd);
    cmd.parent = this;
    cmd._checkForBrokenPassThrough();

    return this;
  }

  /**
   * Factory routine to create a new unattached argument.
   *
   * See .argument() for creating an attached argument, which uses this routine to
   * create the argument. You can override createArgument to return a custom argument.
   *
   * @param {string} name
   * @param {string} [description]
   * @return {Argument} new argument
   */

  createArgument(name, description) {
    return new Argument(name, description);
  }

  /**
   * Define argument syntax for command.
   *
   * The default is that the argument is required, and you can explicitly
   * indicate this with <> around the name. Put [] around the name for an optional argument.
   *
   * @example
   * program.argument('<input-file>');
   * program.argument('[output-file]');
   *
   * @param {string} name
   * @param {string} [description]
   * @param {(Function|*)} [parseArg] - custom argument processing function or default value
   * @param {*} [defaultValue]
   * @return {Command} `this` command for chaining
   */
  argument(name, description, parseArg, defaultValue) {
    const argument = this.createArgument(name, description);
    if (typeof parseArg === 'function') {
      argument.default(defaultValue).argParser(parseArg);
    } else {
      argument.default(parseArg);
    }
    this.addArgument(argument);
    return this;
  }

  /**
   * Define argument syntax for command, adding multiple at once (without descriptions).
   *
   * See also .argument().
   *
   * @example
   * program.arguments('<cmd> [env]');
   *
   * @param {string} names
   * @return {Command} `this` command for chaining
   */

  arguments(names) {
    names
      .trim()
      .split(/ +/)
      .forEach((detail) => {
        this.argument(detail);
      });
    return this;
  }

  /**
   * Define argument syntax for command, adding a prepared argument.
   *
   * @param {Argument} argument
   * @return {Command} `this` command for chaining
   */
  addArgument(argument) {
    const previousArgument = this.registeredArguments.slice(-1)[0];
    if (previousArgument?.variadic) {
      throw new Error(
        `only the last argument can be variadic '${previousArgument.name()}'`,
      );
    }
    if (
      argument.required &&
      argument.defaultValue !== undefined &&
      argument.parseArg === undefined
    ) {
      throw new Error(
        `a default value for a required argument is never used: '${argument.name()}'`,
      );
    }
    this.registeredArguments.push(argument);
    return this;
  }

  /**
   * Customise or override default help command. By default a help command is automatically added if your command has subcommands.
   *
   * @example
   *    program.helpCommand('help [cmd]');
   *    program.helpCommand('help [cmd]', 'show help');
   *    program.helpCommand(false); // suppress default help command
   *    program.helpCommand(true); // add help command even if no subcommands
   *
   * @param {string|boolean} enableOrNameAndArgs - enable with custom name and/or arguments, or boolean to override whether added
   * @param {string} [description] - custom description
   * @return {Command} `this` command for chaining
   */

  helpCommand(enableOrNameAndArgs, description) {
    if (typeof enableOrNameAndArgs === 'boolean') {
      this._addImplicitHelpCommand = enableOrNameAndArgs;
      if (enableOrNameAndArgs && this._defaultCommandGroup) {
        // make the command to store the group
        this._initCommandGroup(this._getHelpCommand());
      }
      return this;
    }

    const nameAndArgs = enableOrNameAndArgs ?? 'help [command]';
    const [, helpName, helpArgs] = nameAndArgs.match(/([^ ]+) *(.*)/);
    const helpDescription = description ?? 'display help for command';

    const helpCommand = this.createCommand(helpName);
    helpCommand.helpOption(false);
    if (helpArgs) helpCommand.arguments(helpArgs);
    if (helpDescription) helpCommand.description(helpDescription);

    this._addImplicitHelpCommand = true;
    this._helpCommand = helpCommand;
    // init group unless lazy create
    if (enableOrNameAndArgs || description) this._initCommandGroup(helpCommand);

    return this;
  }

  /**
   * Add prepared custom help command.
   *
   * @param {(Command|string|boolean)} helpCommand - custom help command, or deprecated enableOrNameAndArgs as for `.helpCommand()`
   * @param {string} [deprecatedDescription] - deprecated custom description used with custom name only
   * @return {Command} `this` command for chaining
   */
  addHelpCommand(helpCommand, deprecatedDescription) {
    // If not passed an object, call through to helpCommand for backwards compatibility,
    // as addHelpCommand was originally used like helpCommand is now.
    if (typeof helpCommand !== 'object') {
      this.helpCommand(helpCommand, deprecatedDescription);
      return this;
    }

    this._addImplicitHelpCommand = true;
    this._helpCommand = helpCommand;
    this._initCommandGroup(helpCommand);
    return this;
  }

  /**
   * Lazy create help command.
   *
   * @return {(Command|null)}
   * @package
   */
  _getHelpCommand() {
    const hasImplicitHelpCommand =
      this._addImplicitHelpCommand ??
      (this.commands.length &&
        !this._actionHandler &&
        !this._findCommand('help'));

    if (hasImplicitHelpCommand) {
      if (this._helpCommand === undefined) {
        this.helpCommand(undefined, undefined); // use default name and description
      }
      return this._helpCommand;
    }
    return null;
  }

  /**
   * Add hook for life cycle event.
   *
   * @param {string} event
   * @param {Function} listener
   * @return {Command} `this` command for chaining
   */

  hook(event, listener) {
    const allowedValues = ['preSubcommand', 'preAction', 'postAction'];
    if (!allowedValues.includes(event)) {
      throw new Error(`Unexpected value for event passed to hook : '${event}'.
Expecting one of '${allowedValues.join("', '")}'`);
    }
    if (this._lifeCycleHooks[event]) {
      this._lifeCycleHooks[event].push(listener);
    } else {
      this._lifeCycleHooks[event] = [listener];
    }
    return this;
  }

  /**
   * Register callback to use as replacement for calling process.exit.
   *
   * @param {Function} [fn] optional callback which will be passed a CommanderError, defaults to throwing
   * @return {Command} `this` command for chaining
   */

  exitOverride(fn) {
    if (fn) {
      this._exitCallback = fn;
    } else {
      this._exitCallback = (err) => {
        if (err.code !== 'commander.executeSubCommandAsync') {
          throw err;
        } else {
          // Async callback from spawn events, not useful to throw.
        }
      };
    }
    return this;
  }

  /**
   * Call process.exit, and _exitCallback if defined.
   *
   * @param {number} exitCode exit code for using with process.exit
   * @param {string} code an id string representing the error
   * @param {string} message human-readable description of the error
   * @return never
   * @private
   */

  _exit(exitCode, code, message) {
    if (this._exitCallback) {
      this._exitCallback(new CommanderError(exitCode, code, message));
      // Expecting this line is not reached.
    }
    process.exit(exitCode);
  }

  /**
   * Register callback `fn` for the command.
   *
   * @example
   * program
   *   .command('serve')
   *   .description('start service')
   *   .action(function() {
   *      // do work here
   *   });
   *
   * @param {Function} fn
   * @return {Command} `this` command for chaining
   */

  action(fn) {
    const listener = (args) => {
      // The .action callback takes an extra parameter which is the command or options.
      const expectedArgsCount = this.registeredArguments.length;
      const actionArgs = args.slice(0, expectedArgsCount);
      if (this._storeOptionsAsProperties) {
        actionArgs[expectedArgsCount] = this; // backwards compatible "options"
      } else {
        actionArgs[expectedArgsCount] = this.opts();
      }
      actionArgs.push(this);

      return fn.apply(this, actionArgs);
    };
    this._actionHandler = listener;
    return this;
  }

  /**
   * Factory routine to create a new unattached option.
   *
   * See .option() for creating an attached option, which uses this routine to
   * create the option. You can override createOption to return a custom option.
   *
   * @param {string} flags
   * @param {string} [description]
   * @return {Option} new option
   */

  createOption(flags, description) {
    return new Option(flags, description);
  }

  /**
   * Wrap parseArgs to catch 'commander.invalidArgument'.
   *
   * @param {(Option | Argument)} target
   * @param {string} value
   * @param {*} previous
   * @param {string} invalidArgumentMessage
   * @private
   */

  _callParseArg(target, value, previous, invalidArgumentMessage) {
    try {
      return target.parseArg(value, previous);
    } catch (err) {
      if (err.code === 'commander.invalidArgument') {
        const message = `${invalidArgumentMessage} ${err.message}`;
        this.error(message, { exitCode: err.exitCode, code: err.code });
      }
      throw err;
    }
  }

  /**
   * Check for option flag conflicts.
   * Register option if no conflicts found, or throw on conflict.
   *
   * @param {Option} option
   * @private
   */

  _registerOption(option) {
    const matchingOption =
      (option.short && this._findOption(option.short)) ||
      (option.long && this._findOption(option.long));
    if (matchingOption) {
      const matchingFlag =
        option.long && this._findOption(option.long)
          ? option.long
          : option.short;
      throw new Error(`Cannot add option '${option.flags}'${this._name && ` to command '${this._name}'`} due to conflicting flag '${matchingFlag}'
-  already used by option '${matchingOption.flags}'`);
    }

    this._initOptionGroup(option);
    this.options.push(option);
  }

  /**
   * Check for command name and alias conflicts with existing commands.
   * Register command if no conflicts found, or throw on conflict.
   *
   * @param {Command} command
   * @private
   */

  _registerCommand(command) {
    const knownBy = (cmd) => {
      return [cmd.name()].concat(cmd.aliases());
    };

    const alreadyUsed = knownBy(command).find((name) =>
      this._findCommand(name),
    );
    if (alreadyUsed) {
      const existingCmd = knownBy(this._findCommand(alreadyUsed)).join('|');
      const newCmd = knownBy(command).join('|');
      throw new Error(
        `cannot add command '${newCmd}' as already have command '${existingCmd}'`,
      );
    }

    this._initCommandGroup(command);
    this.commands.push(command);
  }

  /**
   * Add an option.
   *
   * @param {Option} option
   * @return {Command} `this` command for chaining
   */
  addOption(option) {
    this._registerOption(option);

    const oname = option.name();
    const name = option.attributeName();

    // store default value
    if (option.negate) {
      // --no-foo is special and defaults foo to true, unless a --foo option is already defined
      const positiveLongFlag = option.long.replace(/^--no-/, '--');
      if (!this._findOption(positiveLongFlag)) {
        this.setOptionValueWithSource(
          name,
          option.defaultValue === undefined ? true : option.defaultValue,
          'default',
        );
      }
    } else if (option.defaultValue !== undefined) {
      this.setOptionValueWithSource(name, option.defaultValue, 'default');
    }

    // handler for cli and env supplied values
    const handleOptionValue = (val, invalidValueMessage, valueSource) => {
      // val is null for optional option used without an optional-argument.
      // val is undefined for boolean and negated option.
      if (val == null && option.presetArg !== undefined) {
        val = option.presetArg;
      }

      // custom processing
      const oldValue = this.getOptionValue(name);
      if (val !== null && option.parseArg) {
        val = this._callParseArg(option, val, oldValue, invalidValueMessage);
      } else if (val !== null && option.variadic) {
        val = option._collectValue(val, oldValue);
      }

      // Fill-in appropriate missing values. Long winded but easy to follow.
      if (val == null) {
        if (option.negate) {
          val = false;
        } else if (option.isBoolean() || option.optional) {
          val = true;
        } else {
          val = ''; // not normal, parseArg might have failed or be a mock function for testing
        }
      }
      this.setOptionValueWithSource(name, val, valueSource);
    };

    this.on('option:' + oname, (val) => {
      const invalidValueMessage = `error: option '${option.flags}' argument '${val}' is invalid.`;
      handleOptionValue(val, invalidValueMessage, 'cli');
    });

    if (option.envVar) {
      this.on('optionEnv:' + oname, (val) => {
        const invalidValueMessage = `error: option '${option.flags}' value '${val}' from env '${option.envVar}' is invalid.`;
        handleOptionValue(val, invalidValueMessage, 'env');
      });
    }

    return this;
  }

  /**
   * Internal implementation shared by .option() and .requiredOption()
   *
   * @return {Command} `this` command for chaining
   * @private
   */
  _optionEx(config, flags, description, fn, defaultValue) {
    if (typeof flags === 'object' && flags instanceof Option) {
      throw new Error(
        'To add an Option object use addOption() instead of option() or requiredOption()',
      );
    }
    const option = this.createOption(flags, description);
    option.makeOptionMandatory(!!config.mandatory);
    if (typeof fn === 'function') {
      option.default(defaultValue).argParser(fn);
    } else if (fn instanceof RegExp) {
      // deprecated
      const regex = fn;
      fn = (val, def) => {
        const m = regex.exec(val);
        return m ? m[0] : def;
      };
      option.default(defaultValue).argParser(fn);
    } else {
      option.default(fn);
    }

    return this.addOption(option);
  }

  /**
   * Define option with `flags`, `description`, and optional argument parsing function or `defaultValue` or both.
   *
   * The `flags` string contains the short and/or long flags, separated by comma, a pipe or space. A required
   * option-argument is indicated by `<>` and an optional option-argument by `[]`.
   *
   * See the README for more details, and see also addOption() and requiredOption().
   *
   * @example
   * program
   *     .option('-p, --pepper', 'add pepper')
   *     .option('--pt, --pizza-type <TYPE>', 'type of pizza') // required option-argument
   *     .option('-c, --cheese [CHEESE]', 'add extra cheese', 'mozzarella') // optional option-argument with default
   *     .option('-t, --tip <VALUE>', 'add tip to purchase cost', parseFloat) // custom parse function
   *
   * @param {string} flags
   * @param {string} [description]
   * @param {(Function|*)} [parseArg] - custom option processing function or default value
   * @param {*} [defaultValue]
   * @return {Command} `this` command for chaining
   */

  option(flags, description, parseArg, defaultValue) {
    return this._optionEx({}, flags, description, parseArg, defaultValue);
  }

  /**
   * Add a required option which must have a value after parsing. This usually means
   * the option must be specified on the command line. (Otherwise the same as .option().)
   *
   * The `flags` string contains the short and/or long flags, separated by comma, a pipe or space.
   *
   * @param {string} flags
   * @param {string} [description]
   * @param {(Function|*)} [parseArg] - custom option processing function or default value
   * @param {*} [defaultValue]
   * @return {Command} `this` command for chaining
   */

  requiredOption(flags, description, parseArg, defaultValue) {
    return this._optionEx(
      { mandatory: true },
      flags,
      description,
      parseArg,
      defaultValue,
    );
  }

  /**
   * Alter parsing of short flags with optional values.
   *
   * @example
   * // for `.option('-f,--flag [value]'):
   * program.combineFlagAndOptionalValue(true);  // `-f80` is treated like `--flag=80`, this is the default behaviour
   * program.combineFlagAndOptionalValue(false) // `-fb` is treated like `-f -b`
   *
   * @param {boolean} [combine] - if `true` or omitted, an optional value can be specified directly after the flag.
   * @return {Command} `this` command for chaining
   */
  combineFlagAndOptionalValue(combine = true) {
    this._combineFlagAndOptionalValue = !!combine;
    return this;
  }

  /**
   * Allow unknown options on the command line.
   *
   * @param {boolean} [allowUnknown] - if `true` or omitted, no error will be thrown for unknown options.
   * @return {Command} `this` command for chaining
   */
  allowUnknownOption(allowUnknown = true) {
    this._allowUnknownOption = !!allowUnknown;
    return this;
  }

  /**
   * Allow excess command-arguments on the command line. Pass false to make excess arguments an error.
   *
   * @param {boolean} [allowExcess] - if `true` or omitted, no error will be thrown for excess arguments.
   * @return {Command} `this` command for chaining
   */
  allowExcessArguments(allowExcess = true) {
    this._allowExcessArguments = !!allowExcess;
    return this;
  }

  /**
   * Enable positional options. Positional means global options are specified before subcommands which lets
   * subcommands reuse the same option names, and also enables subcommands to turn on passThroughOptions.
   * The default behaviour is non-positional and global options may appear anywhere on the command line.
   *
   * @param {boolean} [positional]
   * @return {Command} `this` command for chaining
   */
  enablePositionalOptions(positional = true) {
    this._enablePositionalOptions = !!positional;
    return this;
  }

  /**
   * Pass through options that come after command-arguments rather than treat them as command-options,
   * so actual command-options come before command-arguments. Turning this on for a subcommand requires
   * positional options to have been enabled on the program (parent commands).
   * The default behaviour is non-positional and options may appear before or after command-arguments.
   *
   * @param {boolean} [passThrough] for unknown options.
   * @return {Command} `this` command for chaining
   */
  passThroughOptions(passThrough = true) {
    this._passThroughOptions = !!passThrough;
    this._checkForBrokenPassThrough();
    return this;
  }

  /**
   * @private
   */

  _checkForBrokenPassThrough() {
    if (
      this.parent &&
      this._passThroughOptions &&
      !this.parent._enablePositionalOptions
    ) {
      throw new Error(
        `passThroughOptions cannot be used for '${this._name}' without turning on enablePositionalOptions for parent command(s)`,
      );
    }
  }

  /**
   * Whether to store option values as properties on command object,
   * or store separately (specify false). In both cases the option values can be accessed using .opts().
   *
   * @param {boolean} [storeAsProperties=true]
   * @return {Command} `this` command for chaining
   */

  storeOptionsAsProperties(storeAsProperties = true) {
    if (this.options.length) {
      throw new Error('call .storeOptionsAsProperties() before adding options');
    }
    if (Object.keys(this._optionValues).length) {
      throw new Error(
        'call .storeOptionsAsProperties() before setting option values',
      );
    }
    this._storeOptionsAsProperties = !!storeAsProperties;
    return this;
  }

  /**
   * Retrieve option value.
   *
   * @param {string} key
   * @return {object} value
   */

  getOptionValue(key) {
    if (this._storeOptionsAsProperties) {
      return this[key];
    }
    return this._optionValues[key];
  }

  /**
   * Store option value.
   *
   * @param {string} key
   * @param {object} value
   * @return {Command} `this` command for chaining
   */

  setOptionValue(key, value) {
    return this.setOptionValueWithSource(key, value, undefined);
  }

  /**
   * Store option value and where the value came from.
   *
   * @param {string} key
   * @param {object} value
   * @param {string} source - expected values are default/config/env/cli/implied
   * @return {Command} `this` command for chaining
   */

  setOptionValueWithSource(key, value, source) {
    if (this._storeOptionsAsProperties) {
      this[key] = value;
    } else {
      this._optionValues[key] = value;
    }
    this._optionValueSources[key] = source;
    return this;
  }

  /**
   * Get source of option value.
   * Expected values are default | config | env | cli | implied
   *
   * @param {string} key
   * @return {string}
   */

  getOptionValueSource(key) {
    return this._optionValueSources[key];
  }

  /**
   * Get source of option value. See also .optsWithGlobals().
   * Expected values are default | config | env | cli | implied
   *
   * @param {string} key
   * @return {string}
   */

  getOptionValueSourceWithGlobals(key) {
    // global overwrites local, like optsWithGlobals
    let source;
    this._getCommandAndAncestors().forEach((cmd) => {
      if (cmd.getOptionValueSource(key) !== undefined) {
        source = cmd.getOptionValueSource(key);
      }
    });
    return source;
  }

  /**
   * Get user arguments from implied or explicit arguments.
   * Side-effects: set _scriptPath if args included script. Used for default program name, and subcommand searches.
   *
   * @private
   */

  _prepareUserArgs(argv, parseOptions) {
    if (argv !== undefined && !Array.isArray(argv)) {
      throw new Error('first parameter to parse must be array or undefined');
    }
    parseOptions = parseOptions || {};

    // auto-detect argument conventions if nothing supplied
    if (argv === undefined && parseOptions.from === undefined) {
      if (process.versions?.electron) {
        parseOptions.from = 'electron';
      }
      // check node specific options for scenarios where user CLI args follow executable without scriptname
      const execArgv = process.execArgv ?? [];
      if (
        execArgv.includes('-e') ||
        execArgv.includes('--eval') ||
        execArgv.includes('-p') ||
        execArgv.includes('--print')
      ) {
        parseOptions.from = 'eval'; // internal usage, not documented
      }
    }

    // default to using process.argv
    if (argv === undefined) {
      argv = process.argv;
    }
    this.rawArgs = argv.slice();

    // extract the user args and scriptPath
    let userArgs;
    switch (parseOptions.from) {
      case undefined:
      case 'node':
        this._scriptPath = argv[1];
        userArgs = argv.slice(2);
        break;
      case 'electron':
        // @ts-ignore: because defaultApp is an unknown property
        if (process.defaultApp) {
          this._scriptPath = argv[1];
          userArgs = argv.slice(2);
        } else {
          userArgs = argv.slice(1);
        }
        break;
      case 'user':
        userArgs = argv.slice(0);
        break;
      case 'eval':
        userArgs = argv.slice(1);
        break;
      default:
        throw new Error(
          `unexpected parse option { from: '${parseOptions.from}' }`,
        );
    }

    // Find default name for program from arguments.
    if (!this._name && this._scriptPath)
      this.nameFromFilename(this._scriptPath);
    this._name = this._name || 'program';

    return userArgs;
  }

  /**
   * Parse `argv`, setting options and invoking commands when defined.
   *
   * Use parseAsync instead of parse if any of your action handlers are async.
   *
   * Call with no parameters to parse `process.argv`. Detects Electron and special node options like `node --eval`. Easy mode!
   *
   * Or call with an array of strings to parse, and optionally where the user arguments start by specifying where the arguments are `from`:
   * - `'node'`: default, `argv[0]` is the application and `argv[1]` is the script being run, with user arguments after that
   * - `'electron'`: `argv[0]` is the application and `argv[1]` varies depending on whether the electron application is packaged
   * - `'user'`: just user arguments
   *
   * @example
   * program.parse(); // parse process.argv and auto-detect electron and special node flags
   * program.parse(process.argv); // assume argv[0] is app and argv[1] is script
   * program.parse(my-args, { from: 'user' }); // just user supplied arguments, nothing special about argv[0]
   *
   * @param {string[]} [argv] - optional, defaults to process.argv
   * @param {object} [parseOptions] - optionally specify style of options with from: node/user/electron
   * @param {string} [parseOptions.from] - where the args are from: 'node', 'user', 'electron'
   * @return {Command} `this` command for chaining
   */

  parse(argv, parseOptions) {
    this._prepareForParse();
    const userArgs = this._prepareUserArgs(argv, parseOptions);
    this._parseCommand([], userArgs);

    return this;
  }

  /**
   * Parse `argv`, setting options and invoking commands when defined.
   *
   * Call with no parameters to parse `process.argv`. Detects Electron and special node options like `node --eval`. Easy mode!
   *
   * Or call with an array of strings to parse, and optionally where the user arguments start by specifying where the arguments are `from`:
   * - `'node'`: default, `argv[0]` is the application and `argv[1]` is the script being run, with user arguments after that
   * - `'electron'`: `argv[0]` is the application and `argv[1]` varies depending on whether the electron application is packaged
   * - `'user'`: just user arguments
   *
   * @example
   * await program.parseAsync(); // parse process.argv and auto-detect electron and special node flags
   * await program.parseAsync(process.argv); // assume argv[0] is app and argv[1] is script
   * await program.parseAsync(my-args, { from: 'user' }); // just user supplied arguments, nothing special about argv[0]
   *
   * @param {string[]} [argv]
   * @param {object} [parseOptions]
   * @param {string} parseOptions.from - where the args are from: 'node', 'user', 'electron'
   * @return {Promise}
   */

  async parseAsync(argv, parseOptions) {
    this._prepareForParse();
    const userArgs = this._prepareUserArgs(argv, parseOptions);
    await this._parseCommand([], userArgs);

    return this;
  }

  _prepareForParse() {
    if (this._savedState === null) {
      this.saveStateBeforeParse();
    } else {
      this.restoreStateBeforeParse();
    }
  }

  /**
   * Called the first time parse is called to save state and allow a restore before subsequent calls to parse.
   * Not usually called directly, but available for subclasses to save their custom state.
   *
   * This is called in a lazy way. Only commands used in parsing chain will have state saved.
   */
  saveStateBeforeParse() {
    this._savedState = {
      // name is stable if supplied by author, but may be unspecified for root command and deduced during parsing
      _name: this._name,
      // option values before parse have default values (including false for negated options)
      // shallow clones
      _optionValues: { ...this._optionValues },
      _optionValueSources: { ...this._optionValueSources },
    };
  }

  /**
   * Restore state before parse for calls after the first.
   * Not usually called directly, but available for subclasses to save their custom state.
   *
   * This is called in a lazy way. Only commands used in parsing chain will have state restored.
   */
  restoreStateBeforeParse() {
    if (this._storeOptionsAsProperties)
      throw new Error(`Can not call parse again when storeOptionsAsProperties is true.
- either make a new Command for each call to parse, or stop storing options as properties`);

    // clear state from _prepareUserArgs
    this._name = this._savedState._name;
    this._scriptPath = null;
    this.rawArgs = [];
    // clear state from setOptionValueWithSource
    this._optionValues = { ...this._savedState._optionValues };
    this._optionValueSources = { ...this._savedState._optionValueSources };
    // clear state from _parseCommand
    this.args = [];
    // clear state from _processArguments
    this.processedArgs = [];
  }

  /**
   * Throw if expected executable is missing. Add lots of help for author.
   *
   * @param {string} executableFile
   * @param {string} executableDir
   * @param {string} subcommandName
   */
  _checkForMissingExecutable(executableFile, executableDir, subcommandName) {
    if (fs.existsSync(executableFile)) return;

    const executableDirMessage = executableDir
      ? `searched for local subcommand relative to directory '${executableDir}'`
      : 'no directory for search for local subcommand, use .executableDir() to supply a custom directory';
    const executableMissing = `'${executableFile}' does not exist
 - if '${subcommandName}' is not meant to be an executable command, remove description parameter from '.command()' and use '.description()' instead
 - if the default executable name is not suitable, use the executableFile option to supply a custom name or path
 - ${executableDirMessage}`;
    throw new Error(executableMissing);
  }

  /**
   * Execute a sub-command executable.
   *
   * @private
   */

  _executeSubCommand(subcommand, args) {
    args = args.slice();
    let launchWithNode = false; // Use node for source targets so do not need to get permissions correct, and on Windows.
    const sourceExt = ['.js', '.ts', '.tsx', '.mjs', '.cjs'];

    function findFile(baseDir, baseName) {
      // Look for specified file
      const localBin = path.resolve(baseDir, baseName);
      if (fs.existsSync(localBin)) return localBin;

      // Stop looking if candidate already has an expected extension.
      if (sourceExt.includes(path.extname(baseName))) return undefined;

      // Try all the extensions.
      const foundExt = sourceExt.find((ext) =>
        fs.existsSync(`${localBin}${ext}`),
      );
      if (foundExt) return `${localBin}${foundExt}`;

      return undefined;
    }

    // Not checking for help first. Unlikely to have mandatory and executable, and can't robustly test for help flags in external command.
    this._checkForMissingMandatoryOptions();
    this._checkForConflictingOptions();

    // executableFile and executableDir might be full path, or just a name
    let executableFile =
      subcommand._executableFile || `${this._name}-${subcommand._name}`;
    let executableDir = this._executableDir || '';
    if (this._scriptPath) {
      let resolvedScriptPath; // resolve possible symlink for installed npm binary
      try {
        resolvedScriptPath = fs.realpathSync(this._scriptPath);
      } catch {
        resolvedScriptPath = this._scriptPath;
      }
      executableDir = path.resolve(
        path.dirname(resolvedScriptPath),
        executableDir,
      );
    }

    // Look for a local file in preference to a command in PATH.
    if (executableDir) {
      let localFile = findFile(executableDir, executableFile);

      // Legacy search using prefix of script name instead of command name
      if (!localFile && !subcommand._executableFile && this._scriptPath) {
        const legacyName = path.basename(
          this._scriptPath,
          path.extname(this._scriptPath),
        );
        if (legacyName !== this._name) {
          localFile = findFile(
            executableDir,
            `${legacyName}-${subcommand._name}`,
          );
        }
      }
      executableFile = localFile || executableFile;
    }

    launchWithNode = sourceExt.includes(path.extname(executableFile));

    let proc;
    if (process.platform !== 'win32') {
      if (launchWithNode) {
        args.unshift(executableFile);
        // add executable arguments to spawn
        args = incrementNodeInspectorPort(process.execArgv).concat(args);

        proc = childProcess.spawn(process.argv[0], args, { stdio: 'inherit' });
      } else {
        proc = childProcess.spawn(executableFile, args, { stdio: 'inherit' });
      }
    } else {
      this._checkForMissingExecutable(
        executableFile,
        executableDir,
        subcommand._name,
      );
      args.unshift(executableFile);
      // add executable arguments to spawn
      args = incrementNodeInspectorPort(process.execArgv).concat(args);
      proc = childProcess.spawn(process.execPath, args, { stdio: 'inherit' });
    }

    if (!proc.killed) {
      // testing mainly to avoid leak warnings during unit tests with mocked spawn
      const signals = ['SIGUSR1', 'SIGUSR2', 'SIGTERM', 'SIGINT', 'SIGHUP'];
      signals.forEach((signal) => {
        process.on(signal, () => {
          if (proc.killed === false && proc.exitCode === null) {
            // @ts-ignore because signals not typed to known strings
            proc.kill(signal);
          }
        });
      });
    }

    // By default terminate process when spawned process terminates.
    const exitCallback = this._exitCallback;
    proc.on('close', (code) => {
      code = code ?? 1; // code is null if spawned process terminated due to a signal
      if (!exitCallback) {
        process.exit(code);
      } else {
        exitCallback(
          new CommanderError(
            code,
            'commander.executeSubCommandAsync',
            '(close)',
          ),
        );
      }
    });
    proc.on('error', (err) => {
      // @ts-ignore: because err.code is an unknown property
      if (err.code === 'ENOENT') {
        this._checkForMissingExecutable(
          executableFile,
          executableDir,
          subcommand._name,
        );
        // @ts-ignore: because err.code is an unknown property
      } else if (err.code === 'EACCES') {
        throw new Error(`'${executableFile}' not executable`);
      }
      if (!exitCallback) {
        process.exit(1);
      } else {
        const wrappedError = new CommanderError(
          1,
          'commander.executeSubCommandAsync',
          '(error)',
        );
        wrappedError.nestedError = err;
        exitCallback(wrappedError);
      }
    });

    // Store the reference to the child process
    this.runningCommand = proc;
  }

  /**
   * @private
   */

  _dispatchSubcommand(commandName, operands, unknown) {
    const subCommand = this._findCommand(commandName);
    if (!subCommand) this.help({ error: true });

    subCommand._prepareForParse();
    let promiseChain;
    promiseChain = this._chainOrCallSubCommandHook(
      promiseChain,
      subCommand,
      'preSubcommand',
    );
    promiseChain = this._chainOrCall(promiseChain, () => {
      if (subCommand._executableHandler) {
        this._executeSubCommand(subCommand, operands.concat(unknown));
      } else {
        return subCommand._parseCommand(operands, unknown);
      }
    });
    return promiseChain;
  }

  /**
   * Invoke help directly if possible, or dispatch if necessary.
   * e.g. help foo
   *
   * @private
   */

  _dispatchHelpCommand(subcommandName) {
    if (!subcommandName) {
      this.help();
    }
    const subCommand = this._findCommand(subcommandName);
    if (subCommand && !subCommand._executableHandler) {
      subCommand.help();
    }

    // Fallback to parsing the help flag to invoke the help.
    return this._dispatchSubcommand(
      subcommandName,
      [],
      [this._getHelpOption()?.long ?? this._getHelpOption()?.short ?? '--help'],
    );
  }

  /**
   * Check this.args against expected this.registeredArguments.
   *
   * @private
   */

  _checkNumberOfArguments() {
    // too few
    this.registeredArguments.forEach((arg, i) => {
      if (arg.required && this.args[i] == null) {
        this.missingArgument(arg.name());
      }
    });
    // too many
    if (
      this.registeredArguments.length > 0 &&
      this.registeredArguments[this.registeredArguments.length - 1].variadic
    ) {
      return;
    }
    if (this.args.length > this.registeredArguments.length) {
      this._excessArguments(this.args);
    }
  }

  /**
   * Process this.args using this.registeredArguments and save as this.processedArgs!
   *
   * @private
   */

  _processArguments() {
    const myParseArg = (argument, value, previous) => {
      // Extra processing for nice error message on parsing failure.
      let parsedValue = value;
      if (value !== null && argument.parseArg) {
        const invalidValueMessage = `error: command-argument value '${value}' is invalid for argument '${argument.name()}'.`;
        parsedValue = this._callParseArg(
          argument,
          value,
          previous,
          invalidValueMessage,
        );
      }
      return parsedValue;
    };

    this._checkNumberOfArguments();

    const processedArgs = [];
    this.registeredArguments.forEach((declaredArg, index) => {
      let value = declaredArg.defaultValue;
      if (declaredArg.variadic) {
        // Collect together remaining arguments for passing together as an array.
        if (index < this.args.length) {
          value = this.args.slice(index);
          if (declaredArg.parseArg) {
            value = value.reduce((processed, v) => {
              return myParseArg(declaredArg, v, processed);
            }, declaredArg.defaultValue);
          }
        } else if (value === undefined) {
          value = [];
        }
      } else if (index < this.args.length) {
        value = this.args[index];
        if (declaredArg.parseArg) {
          value = myParseArg(declaredArg, value, declaredArg.defaultValue);
        }
      }
      processedArgs[index] = value;
    });
    this.processedArgs = processedArgs;
  }

  /**
   * Once we have a promise we chain, but call synchronously until then.
   *
   * @param {(Promise|undefined)} promise
   * @param {Function} fn
   * @return {(Promise|undefined)}
   * @private
   */

  _chainOrCall(promise, fn) {
    // thenable
    if (promise?.then && typeof promise.then === 'function') {
      // already have a promise, chain callback
      return promise.then(() => fn());
    }
    // callback might return a promise
    return fn();
  }

  /**
   *
   * @param {(Promise|undefined)} promise
   * @param {string} event
   * @return {(Promise|undefined)}
   * @private
   */

  _chainOrCallHooks(promise, event) {
    let result = promise;
    const hooks = [];
    this._getCommandAndAncestors()
      .reverse()
      .filter((cmd) => cmd._lifeCycleHooks[event] !== undefined)
      .forEach((hookedCommand) => {
        hookedCommand._lifeCycleHooks[event].forEach((callback) => {
          hooks.push({ hookedCommand, callback });
        });
      });
    if (event === 'postAction') {
      hooks.reverse();
    }

    hooks.forEach((hookDetail) => {
      result = this._chainOrCall(result, () => {
        return hookDetail.callback(hookDetail.hookedCommand, this);
      });
    });
    return result;
  }

  /**
   *
   * @param {(Promise|undefined)} promise
   * @param {Command} subCommand
   * @param {string} event
   * @return {(Promise|undefined)}
   * @private
   */

  _chainOrCallSubCommandHook(promise, subCommand, event) {
    let result = promise;
    if (this._lifeCycleHooks[event] !== undefined) {
      this._lifeCycleHooks[event].forEach((hook) => {
        result = this._chainOrCall(result, () => {
          return hook(this, subCommand);
        });
      });
    }
    return result;
  }

  /**
   * Process arguments in context of this command.
   * Returns action result, in case it is a promise.
   *
   * @private
   */

  _parseCommand(operands, unknown) {
    const parsed = this.parseOptions(unknown);
    this._parseOptionsEnv(); // after cli, so parseArg not called on both cli and env
    this._parseOptionsImplied();
    operands = operands.concat(parsed.operands);
    unknown = parsed.unknown;
    this.args = operands.concat(unknown);

    if (operands && this._findCommand(operands[0])) {
      return this._dispatchSubcommand(operands[0], operands.slice(1), unknown);
    }
    if (
      this._getHelpCommand() &&
      operands[0] === this._getHelpCommand().name()
    ) {
      return this._dispatchHelpCommand(operands[1]);
    }
    if (this._defaultCommandName) {
      this._outputHelpIfRequested(unknown); // Run the help for default command from parent rather than passing to default command
      return this._dispatchSubcommand(
        this._defaultCommandName,
        operands,
        unknown,
      );
    }
    if (
      this.commands.length &&
      this.args.length === 0 &&
      !this._actionHandler &&
      !this._defaultCommandName
    ) {
      // probably missing subcommand and no handler, user needs help (and exit)
      this.help({ error: true });
    }

    this._outputHelpIfRequested(parsed.unknown);
    this._checkForMissingMandatoryOptions();
    this._checkForConflictingOptions();

    // We do not always call this check to avoid masking a "better" error, like unknown command.
    const checkForUnknownOptions = () => {
      if (parsed.unknown.length > 0) {
        this.unknownOption(parsed.unknown[0]);
      }
    };

    const commandEvent = `command:${this.name()}`;
    if (this._actionHandler) {
      checkForUnknownOptions();
      this._processArguments();

      let promiseChain;
      promiseChain = this._chainOrCallHooks(promiseChain, 'preAction');
      promiseChain = this._chainOrCall(promiseChain, () =>
        this._actionHandler(this.processedArgs),
      );
      if (this.parent) {
        promiseChain = this._chainOrCall(promiseChain, () => {
          this.parent.emit(commandEvent, operands, unknown); // legacy
        });
      }
      promiseChain = this._chainOrCallHooks(promiseChain, 'postAction');
      return promiseChain;
    }
    if (this.parent?.listenerCount(commandEvent)) {
      checkForUnknownOptions();
      this._processArguments();
      this.parent.emit(commandEvent, operands, unknown); // legacy
    } else if (operands.length) {
      if (this._findCommand('*')) {
        // legacy default command
        return this._dispatchSubcommand('*', operands, unknown);
      }
      if (this.listenerCount('command:*')) {
        // skip option check, emit event for possible misspelling suggestion
        this.emit('command:*', operands, unknown);
      } else if (this.commands.length) {
        this.unknownCommand();
      } else {
        checkForUnknownOptions();
        this._processArguments();
      }
    } else if (this.commands.length) {
      checkForUnknownOptions();
      // This command has subcommands and nothing hooked up at this level, so display help (and exit).
      this.help({ error: true });
    } else {
      checkForUnknownOptions();
      this._processArguments();
      // fall through for caller to handle after calling .parse()
    }
  }

  /**
   * Find matching command.
   *
   * @private
   * @return {Command | undefined}
   */
  _findCommand(name) {
    if (!name) return undefined;
    return this.commands.find(
      (cmd) => cmd._name === name || cmd._aliases.includes(name),
    );
  }

  /**
   * Return an option matching `arg` if any.
   *
   * @param {string} arg
   * @return {Option}
   * @package
   */

  _findOption(arg) {
    return this.options.find((option) => option.is(arg));
  }

  /**
   * Display an error message if a mandatory option does not have a value.
   * Called after checking for help flags in leaf subcommand.
   *
   * @private
   */

  _checkForMissingMandatoryOptions() {
    // Walk up hierarchy so can call in subcommand after checking for displaying help.
    this._getCommandAndAncestors().forEach((cmd) => {
      cmd.options.forEach((anOption) => {
        if (
          anOption.mandatory &&
          cmd.getOptionValue(anOption.attributeName()) === undefined
        ) {
          cmd.missingMandatoryOptionValue(anOption);
        }
      });
    });
  }

  /**
   * Display an error message if conflicting options are used together in this.
   *
   * @private
   */
  _checkForConflictingLocalOptions() {
    const definedNonDefaultOptions = this.options.filter((option) => {
      const optionKey = option.attributeName();
      if (this.getOptionValue(optionKey) === undefined) {
        return false;
      }
      return this.getOptionValueSource(optionKey) !== 'default';
    });

    const optionsWithConflicting = definedNonDefaultOptions.filter(
      (option) => option.conflictsWith.length > 0,
    );

    optionsWithConflicting.forEach((option) => {
      const conflictingAndDefined = definedNonDefaultOptions.find((defined) =>
        option.conflictsWith.includes(defined.attributeName()),
      );
      if (conflictingAndDefined) {
        this._conflictingOption(option, conflictingAndDefined);
      }
    });
  }

  /**
   * Display an error message if conflicting options are used together.
   * Called after checking for help flags in leaf subcommand.
   *
   * @private
   */
  _checkForConflictingOptions() {
    // Walk up hierarchy so can call in subcommand after checking for displaying help.
    this._getCommandAndAncestors().forEach((cmd) => {
      cmd._checkForConflictingLocalOptions();
    });
  }

  /**
   * Parse options from `argv` removing known options,
   * and return argv split into operands and unknown arguments.
   *
   * Side effects: modifies command by storing options. Does not reset state if called again.
   *
   * Examples:
   *
   *     argv => operands, unknown
   *     --known kkk op => [op], []
   *     op --known kkk => [op], []
   *     sub --unknown uuu op => [sub], [--unknown uuu op]
   *     sub -- --unknown uuu op => [sub --unknown uuu op], []
   *
   * @param {string[]} args
   * @return {{operands: string[], unknown: string[]}}
   */

  parseOptions(args) {
    const operands = []; // operands, not options or values
    const unknown = []; // first unknown option and remaining unknown args
    let dest = operands;

    function maybeOption(arg) {
      return arg.length > 1 && arg[0] === '-';
    }

    const negativeNumberArg = (arg) => {
      // return false if not a negative number
      if (!/^-(\d+|\d*\.\d+)(e[+-]?\d+)?$/.test(arg)) return false;
      // negative number is ok unless digit used as an option in command hierarchy
      return !this._getCommandAndAncestors().some((cmd) =>
        cmd.options
          .map((opt) => opt.short)
          .some((short) => /^-\d$/.test(short)),
      );
    };

    // parse options
    let activeVariadicOption = null;
    let activeGroup = null; // working through group of short options, like -abc
    let i = 0;
    while (i < args.length || activeGroup) {
      const arg = activeGroup ?? args[i++];
      activeGroup = null;

      // literal
      if (arg === '--') {
        if (dest === unknown) dest.push(arg);
        dest.push(...args.slice(i));
        break;
      }

      if (
        activeVariadicOption &&
        (!maybeOption(arg) || negativeNumberArg(arg))
      ) {
        this.emit(`option:${activeVariadicOption.name()}`, arg);
        continue;
      }
      activeVariadicOption = null;

      if (maybeOption(arg)) {
        const option = this._findOption(arg);
        // recognised option, call listener to assign value with possible custom processing
        if (option) {
          if (option.required) {
            const value = args[i++];
            if (value === undefined) this.optionMissingArgument(option);
            this.emit(`option:${option.name()}`, value);
          } else if (option.optional) {
            let value = null;
            // historical behaviour is optional value is following arg unless an option
            if (
              i < args.length &&
              (!maybeOption(args[i]) || negativeNumberArg(args[i]))
            ) {
              value = args[i++];
            }
            this.emit(`option:${option.name()}`, value);
          } else {
            // boolean flag
            this.emit(`option:${option.name()}`);
          }
          activeVariadicOption = option.variadic ? option : null;
          continue;
        }
      }

      // Look for combo options following single dash, eat first one if known.
      if (arg.length > 2 && arg[0] === '-' && arg[1] !== '-') {
        const option = this._findOption(`-${arg[1]}`);
        if (option) {
          if (
            option.required ||
            (option.optional && this._combineFlagAndOptionalValue)
          ) {
            // option with value following in same argument
            this.emit(`option:${option.name()}`, arg.slice(2));
          } else {
            // boolean option
            this.emit(`option:${option.name()}`);
            // remove the processed option and keep processing group
            activeGroup = `-${arg.slice(2)}`;
          }
          continue;
        }
      }

      // Look for known long flag with value, like --foo=bar
      if (/^--[^=]+=/.test(arg)) {
        const index = arg.indexOf('=');
        const option = this._findOption(arg.slice(0, index));
        if (option && (option.required || option.optional)) {
          this.emit(`option:${option.name()}`, arg.slice(index + 1));
          continue;
        }
      }

      // Not a recognised option by this command.
      // Might be a command-argument, or subcommand option, or unknown option, or help command or option.

      // An unknown option means further arguments also classified as unknown so can be reprocessed by subcommands.
      // A negative number in a leaf command is not an unknown option.
      if (
        dest === operands &&
        maybeOption(arg) &&
        !(this.commands.length === 0 && negativeNumberArg(arg))
      ) {
        dest = unknown;
      }

      // If using positionalOptions, stop processing our options at subcommand.
      if (
        (this._enablePositionalOptions || this._passThroughOptions) &&
        operands.length === 0 &&
        unknown.length === 0
      ) {
        if (this._findCommand(arg)) {
          operands.push(arg);
          unknown.push(...args.slice(i));
          break;
        } else if (
          this._getHelpCommand() &&
          arg === this._getHelpCommand().name()
        ) {
          operands.push(arg, ...args.slice(i));
          break;
        } else if (this._defaultCommandName) {
          unknown.push(arg, ...args.slice(i));
          break;
        }
      }

      // If using passThroughOptions, stop processing options at first command-argument.
      if (this._passThroughOptions) {
        dest.push(arg, ...args.slice(i));
        break;
      }

      // add arg
      dest.push(arg);
    }

    return { operands, unknown };
  }

  /**
   * Return an object containing local option values as key-value pairs.
   *
   * @return {object}
   */
  opts() {
    if (this._storeOptionsAsProperties) {
      // Preserve original behaviour so backwards compatible when still using properties
      const result = {};
      const len = this.options.length;

      for (let i = 0; i < len; i++) {
        const key = this.options[i].attributeName();
        result[key] =
          key === this._versionOptionName ? this._version : this[key];
      }
      return result;
    }

    return this._optionValues;
  }

  /**
   * Return an object containing merged local and global option values as key-value pairs.
   *
   * @return {object}
   */
  optsWithGlobals() {
    // globals overwrite locals
    return this._getCommandAndAncestors().reduce(
      (combinedOptions, cmd) => Object.assign(combinedOptions, cmd.opts()),
      {},
    );
  }

  /**
   * Display error message and exit (or call exitOverride).
   *
   * @param {string} message
   * @param {object} [errorOptions]
   * @param {string} [errorOptions.code] - an id string representing the error
   * @param {number} [errorOptions.exitCode] - used with process.exit
   */
  error(message, errorOptions) {
    // output handling
    this._outputConfiguration.outputError(
      `${message}\n`,
      this._outputConfiguration.writeErr,
    );
    if (typeof this._showHelpAfterError === 'string') {
      this._outputConfiguration.writeErr(`${this._showHelpAfterError}\n`);
    } else if (this._showHelpAfterError) {
      this._outputConfiguration.writeErr('\n');
      this.outputHelp({ error: true });
    }

    // exit handling
    const config = errorOptions || {};
    const exitCode = config.exitCode || 1;
    const code = config.code || 'commander.error';
    this._exit(exitCode, code, message);
  }

  /**
   * Apply any option related environment variables, if option does
   * not have a value from cli or client code.
   *
   * @private
   */
  _parseOptionsEnv() {
    this.options.forEach((option) => {
      if (option.envVar && option.envVar in process.env) {
        const optionKey = option.attributeName();
        // Priority check. Do not overwrite cli or options from unknown source (client-code).
        if (
          this.getOptionValue(optionKey) === undefined ||
          ['default', 'config', 'env'].includes(
            this.getOptionValueSource(optionKey),
          )
        ) {
          if (option.required || option.optional) {
            // option can take a value
            // keep very simple, optional always takes value
            this.emit(`optionEnv:${option.name()}`, process.env[option.envVar]);
          } else {
            // boolean
            // keep very simple, only care that envVar defined and not the value
            this.emit(`optionEnv:${option.name()}`);
          }
        }
      }
    });
  }

  /**
   * Apply any implied option values, if option is undefined or default value.
   *
   * @private
   */
  _parseOptionsImplied() {
    const dualHelper = new DualOptions(this.options);
    const hasCustomOptionValue = (optionKey) => {
      return (
        this.getOptionValue(optionKey) !== undefined &&
        !['default', 'implied'].includes(this.getOptionValueSource(optionKey))
      );
    };
    this.options
      .filter(
        (option) =>
          option.implied !== undefined &&
          hasCustomOptionValue(option.attributeName()) &&
          dualHelper.valueFromOption(
            this.getOptionValue(option.attributeName()),
            option,
          ),
      )
      .forEach((option) => {
        Object.keys(option.implied)
          .filter((impliedKey) => !hasCustomOptionValue(impliedKey))
          .forEach((impliedKey) => {
            this.setOptionValueWithSource(
              impliedKey,
              option.implied[impliedKey],
              'implied',
            );
          });
      });
  }

  /**
   * Argument `name` is missing.
   *
   * @param {string} name
   * @private
   */

  missingArgument(name) {
    const message = `error: missing required argument '${name}'`;
    this.error(message, { code: 'commander.missingArgument' });
  }

  /**
   * `Option` is missing an argument.
   *
   * @param {Option} option
   * @private
   */

  optionMissingArgument(option) {
    const message = `error: option '${option.flags}' argument missing`;
    this.error(message, { code: 'commander.optionMissingArgument' });
  }

  /**
   * `Option` does not have a value, and is a mandatory option.
   *
   * @param {Option} option
   * @private
   */

  missingMandatoryOptionValue(option) {
    const message = `error: required option '${option.flags}' not specified`;
    this.error(message, { code: 'commander.missingMandatoryOptionValue' });
  }

  /**
   * `Option` conflicts with another option.
   *
   * @param {Option} option
   * @param {Option} conflictingOption
   * @private
   */
  _conflictingOption(option, conflictingOption) {
    // The calling code does not know whether a negated option is the source of the
    // value, so do some work to take an educated guess.
    const findBestOptionFromValue = (option) => {
      const optionKey = option.attributeName();
      const optionValue = this.getOptionValue(optionKey);
      const negativeOption = this.options.find(
        (target) => target.negate && optionKey === target.attributeName(),
      );
      const positiveOption = this.options.find(
        (target) => !target.negate && optionKey === target.attributeName(),
      );
      if (
        negativeOption &&
        ((negativeOption.presetArg === undefined && optionValue === false) ||
          (negativeOption.presetArg !== undefined &&
            optionValue === negativeOption.presetArg))
      ) {
        return negativeOption;
      }
      return positiveOption || option;
    };

    const getErrorMessage = (option) => {
      const bestOption = findBestOptionFromValue(option);
      const optionKey = bestOption.attributeName();
      const source = this.getOptionValueSource(optionKey);
      if (source === 'env') {
        return `environment variable '${bestOption.envVar}'`;
      }
      return `option '${bestOption.flags}'`;
    };

    const message = `error: ${getErrorMessage(option)} cannot be used with ${getErrorMessage(conflictingOption)}`;
    this.error(message, { code: 'commander.conflictingOption' });
  }

  /**
   * Unknown option `flag`.
   *
   * @param {string} flag
   * @private
   */

  unknownOption(flag) {
    if (this._allowUnknownOption) return;
    let suggestion = '';

    if (flag.startsWith('--') && this._showSuggestionAfterError) {
      // Looping to pick up the global options too
      let candidateFlags = [];
      // eslint-disable-next-line @typescript-eslint/no-this-alias
      let command = this;
      do {
        const moreFlags = command
          .createHelp()
          .visibleOptions(command)
          .filter((option) => option.long)
          .map((option) => option.long);
        candidateFlags = candidateFlags.concat(moreFlags);
        command = command.parent;
      } while (command && !command._enablePositionalOptions);
      suggestion = suggestSimilar(flag, candidateFlags);
    }

    const message = `error: unknown option '${flag}'${suggestion}`;
    this.error(message, { code: 'commander.unknownOption' });
  }

  /**
   * Excess arguments, more than expected.
   *
   * @param {string[]} receivedArgs
   * @private
   */

  _excessArguments(receivedArgs) {
    if (this._allowExcessArguments) return;

    const expected = this.registeredArguments.length;
    const s = expected === 1 ? '' : 's';
    const forSubcommand = this.parent ? ` for '${this.name()}'` : '';
    const message = `error: too many arguments${forSubcommand}. Expected ${expected} argument${s} but got ${receivedArgs.length}.`;
    this.error(message, { code: 'commander.excessArguments' });
  }

  /**
   * Unknown command.
   *
   * @private
   */

  unknownCommand() {
    const unknownName = this.args[0];
    let suggestion = '';

    if (this._showSuggestionAfterError) {
      const candidateNames = [];
      this.createHelp()
        .visibleCommands(this)
        .forEach((command) => {
          candidateNames.push(command.name());
          // just visible alias
          if (command.alias()) candidateNames.push(command.alias());
        });
      suggestion = suggestSimilar(unknownName, candidateNames);
    }

    const message = `error: unknown command '${unknownName}'${suggestion}`;
    this.error(message, { code: 'commander.unknownCommand' });
  }

  /**
   * Get or set the program version.
   *
   * This method auto-registers the "-V, --version" option which will print the version number.
   *
   * You can optionally supply the flags and description to override the defaults.
   *
   * @param {string} [str]
   * @param {string} [flags]
   * @param {string} [description]
   * @return {(this | string | undefined)} `this` command for chaining, or version string if no arguments
   */

  version(str, flags, description) {
    if (str === undefined) return this._version;
    this._version = str;
    flags = flags || '-V, --version';
    description = description || 'output the version number';
    const versionOption = this.createOption(flags, description);
    this._versionOptionName = versionOption.attributeName();
    this._registerOption(versionOption);

    this.on('option:' + versionOption.name(), () => {
      this._outputConfiguration.writeOut(`${str}\n`);
      this._exit(0, 'commander.version', str);
    });
    return this;
  }

  /**
   * Set the description.
   *
   * @param {string} [str]
   * @param {object} [argsDescription]
   * @return {(string|Command)}
   */
  description(str, argsDescription) {
    if (str === undefined && argsDescription === undefined)
      return this._description;
    this._description = str;
    if (argsDescription) {
      this._argsDescription = argsDescription;
    }
    return this;
  }

  /**
   * Set the summary. Used when listed as subcommand of parent.
   *
   * @param {string} [str]
   * @return {(string|Command)}
   */
  summary(str) {
    if (str === undefined) return this._summary;
    this._summary = str;
    return this;
  }

  /**
   * Set an alias for the command.
   *
   * You may call more than once to add multiple aliases. Only the first alias is shown in the auto-generated help.
   *
   * @param {string} [alias]
   * @return {(string|Command)}
   */

  alias(alias) {
    if (alias === undefined) return this._aliases[0]; // just return first, for backwards compatibility

    /** @type {Command} */
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    let command = this;
    if (
      this.commands.length !== 0 &&
      this.commands[this.commands.length - 1]._executableHandler
    ) {
      // assume adding alias for last added executable subcommand, rather than this
      command = this.commands[this.commands.length - 1];
    }

    if (alias === command._name)
      throw new Error("Command alias can't be the same as its name");
    const matchingCommand = this.parent?._findCommand(alias);
    if (matchingCommand) {
      // c.f. _registerCommand
      const existingCmd = [matchingCommand.name()]
        .concat(matchingCommand.aliases())
        .join('|');
      throw new Error(
        `cannot add alias '${alias}' to command '${this.name()}' as already have command '${existingCmd}'`,
      );
    }

    command._aliases.push(alias);
    return this;
  }

  /**
   * Set aliases for the command.
   *
   * Only the first alias is shown in the auto-generated help.
   *
   * @param {string[]} [aliases]
   * @return {(string[]|Command)}
   */

  aliases(aliases) {
    // Getter for the array of aliases is the main reason for having aliases() in addition to alias().
    if (aliases === undefined) return this._aliases;

    aliases.forEach((alias) => this.alias(alias));
    return this;
  }

  /**
   * Set / get the command usage `str`.
   *
   * @param {string} [str]
   * @return {(string|Command)}
   */

  usage(str) {
    if (str === undefined) {
      if (this._usage) return this._usage;

      const args = this.registeredArguments.map((arg) => {
        return humanReadableArgName(arg);
      });
      return []
        .concat(
          this.options.length || this._helpOption !== null ? '[options]' : [],
          this.commands.length ? '[command]' : [],
          this.registeredArguments.length ? args : [],
        )
        .join(' ');
    }

    this._usage = str;
    return this;
  }

  /**
   * Get or set the name of the command.
   *
   * @param {string} [str]
   * @return {(string|Command)}
   */

  name(str) {
    if (str === undefined) return this._name;
    this._name = str;
    return this;
  }

  /**
   * Set/get the help group heading for this subcommand in parent command's help.
   *
   * @param {string} [heading]
   * @return {Command | string}
   */

  helpGroup(heading) {
    if (heading === undefined) return this._helpGroupHeading ?? '';
    this._helpGroupHeading = heading;
    return this;
  }

  /**
   * Set/get the default help group heading for subcommands added to this command.
   * (This does not override a group set directly on the subcommand using .helpGroup().)
   *
   * @example
   * program.commandsGroup('Development Commands:);
   * program.command('watch')...
   * program.command('lint')...
   * ...
   *
   * @param {string} [heading]
   * @returns {Command | string}
   */
  commandsGroup(heading) {
    if (heading === undefined) return this._defaultCommandGroup ?? '';
    this._defaultCommandGroup = heading;
    return this;
  }

  /**
   * Set/get the default help group heading for options added to this command.
   * (This does not override a group set directly on the option using .helpGroup().)
   *
   * @example
   * program
   *   .optionsGroup('Development Options:')
   *   .option('-d, --debug', 'output extra debugging')
   *   .option('-p, --profile', 'output profiling information')
   *
   * @param {string} [heading]
   * @returns {Command | string}
   */
  optionsGroup(heading) {
    if (heading === undefined) return this._defaultOptionGroup ?? '';
    this._defaultOptionGroup = heading;
    return this;
  }

  /**
   * @param {Option} option
   * @private
   */
  _initOptionGroup(option) {
    if (this._defaultOptionGroup && !option.helpGroupHeading)
      option.helpGroup(this._defaultOptionGroup);
  }

  /**
   * @param {Command} cmd
   * @private
   */
  _initCommandGroup(cmd) {
    if (this._defaultCommandGroup && !cmd.helpGroup())
      cmd.helpGroup(this._defaultCommandGroup);
  }

  /**
   * Set the name of the command from script filename, such as process.argv[1],
   * or require.main.filename, or __filename.
   *
   * (Used internally and public although not documented in README.)
   *
   * @example
   * program.nameFromFilename(require.main.filename);
   *
   * @param {string} filename
   * @return {Command}
   */

  nameFromFilename(filename) {
    this._name = path.basename(filename, path.extname(filename));

    return this;
  }

  /**
   * Get or set the directory for searching for executable subcommands of this command.
   *
   * @example
   * program.executableDir(__dirname);
   * // or
   * program.executableDir('subcommands');
   *
   * @param {string} [path]
   * @return {(string|null|Command)}
   */

  executableDir(path) {
    if (path === undefined) return this._executableDir;
    this._executableDir = path;
    return this;
  }

  /**
   * Return program help documentation.
   *
   * @param {{ error: boolean }} [contextOptions] - pass {error:true} to wrap for stderr instead of stdout
   * @return {string}
   */

  helpInformation(contextOptions) {
    const helper = this.createHelp();
    const context = this._getOutputContext(contextOptions);
    helper.prepareContext({
      error: context.error,
      helpWidth: context.helpWidth,
      outputHasColors: context.hasColors,
    });
    const text = helper.formatHelp(this, helper);
    if (context.hasColors) return text;
    return this._outputConfiguration.stripColor(text);
  }

  /**
   * @typedef HelpContext
   * @type {object}
   * @property {boolean} error
   * @property {number} helpWidth
   * @property {boolean} hasColors
   * @property {function} write - includes stripColor if needed
   *
   * @returns {HelpContext}
   * @private
   */

  _getOutputContext(contextOptions) {
    contextOptions = contextOptions || {};
    const error = !!contextOptions.error;
    let baseWrite;
    let hasColors;
    let helpWidth;
    if (error) {
      baseWrite = (str) => this._outputConfiguration.writeErr(str);
      hasColors = this._outputConfiguration.getErrHasColors();
      helpWidth = this._outputConfiguration.getErrHelpWidth();
    } else {
      baseWrite = (str) => this._outputConfiguration.writeOut(str);
      hasColors = this._outputConfiguration.getOutHasColors();
      helpWidth = this._outputConfiguration.getOutHelpWidth();
    }
    const write = (str) => {
      if (!hasColors) str = this._outputConfiguration.stripColor(str);
      return baseWrite(str);
    };
    return { error, write, hasColors, helpWidth };
  }

  /**
   * Output help information for this command.
   *
   * Outputs built-in help, and custom text added using `.addHelpText()`.
   *
   * @param {{ error: boolean } | Function} [contextOptions] - pass {error:true} to write to stderr instead of stdout
   */

  outputHelp(contextOptions) {
    let deprecatedCallback;
    if (typeof contextOptions === 'function') {
      deprecatedCallback = contextOptions;
      contextOptions = undefined;
    }

    const outputContext = this._getOutputContext(contextOptions);
    /** @type {HelpTextEventContext} */
    const eventContext = {
      error: outputContext.error,
      write: outputContext.write,
      command: this,
    };

    this._getCommandAndAncestors()
      .reverse()
      .forEach((command) => command.emit('beforeAllHelp', eventContext));
    this.emit('beforeHelp', eventContext);

    let helpInformation = this.helpInformation({ error: outputContext.error });
    if (deprecatedCallback) {
      helpInformation = deprecatedCallback(helpInformation);
      if (
        typeof helpInformation !== 'string' &&
        !Buffer.isBuffer(helpInformation)
      ) {
        throw new Error('outputHelp callback must return a string or a Buffer');
      }
    }
    outputContext.write(helpInformation);

    if (this._getHelpOption()?.long) {
      this.emit(this._getHelpOption().long); // deprecated
    }
    this.emit('afterHelp', eventContext);
    this._getCommandAndAncestors().forEach((command) =>
      command.emit('afterAllHelp', eventContext),
    );
  }

  /**
   * You can pass in flags and a description to customise the built-in help option.
   * Pass in false to disable the built-in help option.
   *
   * @example
   * program.helpOption('-?, --help' 'show help'); // customise
   * program.helpOption(false); // disable
   *
   * @param {(string | boolean)} flags
   * @param {string} [description]
   * @return {Command} `this` command for chaining
   */

  helpOption(flags, description) {
    // Support enabling/disabling built-in help option.
    if (typeof flags === 'boolean') {
      if (flags) {
        if (this._helpOption === null) this._helpOption = undefined; // reenable
        if (this._defaultOptionGroup) {
          // make the option to store the group
          this._initOptionGroup(this._getHelpOption());
        }
      } else {
        this._helpOption = null; // disable
      }
      return this;
    }

    // Customise flags and description.
    this._helpOption = this.createOption(
      flags ?? '-h, --help',
      description ?? 'display help for command',
    );
    // init group unless lazy create
    if (flags || description) this._initOptionGroup(this._helpOption);

    return this;
  }

  /**
   * Lazy create help option.
   * Returns null if has been disabled with .helpOption(false).
   *
   * @returns {(Option | null)} the help option
   * @package
   */
  _getHelpOption() {
    // Lazy create help option on demand.
    if (this._helpOption === undefined) {
      this.helpOption(undefined, undefined);
    }
    return this._helpOption;
  }

  /**
   * Supply your own option to use for the built-in help option.
   * This is an alternative to using helpOption() to customise the flags and description etc.
   *
   * @param {Option} option
   * @return {Command} `this` command for chaining
   */
  addHelpOption(option) {
    this._helpOption = option;
    this._initOptionGroup(option);
    return this;
  }

  /**
   * Output help information and exit.
   *
   * Outputs built-in help, and custom text added using `.addHelpText()`.
   *
   * @param {{ error: boolean }} [contextOptions] - pass {error:true} to write to stderr instead of stdout
   */

  help(contextOptions) {
    this.outputHelp(contextOptions);
    let exitCode = Number(process.exitCode ?? 0); // process.exitCode does allow a string or an integer, but we prefer just a number
    if (
      exitCode === 0 &&
      contextOptions &&
      typeof contextOptions !== 'function' &&
      contextOptions.error
    ) {
      exitCode = 1;
    }
    // message: do not have all displayed text available so only passing placeholder.
    this._exit(exitCode, 'commander.help', '(outputHelp)');
  }

  /**
   * // Do a little typing to coordinate emit and listener for the help text events.
   * @typedef HelpTextEventContext
   * @type {object}
   * @property {boolean} error
   * @property {Command} command
   * @property {function} write
   */

  /**
   * Add additional text to be displayed with the built-in help.
   *
   * Position is 'before' or 'after' to affect just this command,
   * and 'beforeAll' or 'afterAll' to affect this command and all its subcommands.
   *
   * @param {string} position - before or after built-in help
   * @param {(string | Function)} text - string to add, or a function returning a string
   * @return {Command} `this` command for chaining
   */

  addHelpText(position, text) {
    const allowedValues = ['beforeAll', 'before', 'after', 'afterAll'];
    if (!allowedValues.includes(position)) {
      throw new Error(`Unexpected value for position to addHelpText.
Expecting one of '${allowedValues.join("', '")}'`);
    }

    const helpEvent = `${position}Help`;
    this.on(helpEvent, (/** @type {HelpTextEventContext} */ context) => {
      let helpStr;
      if (typeof text === 'function') {
        helpStr = text({ error: context.error, command: context.command });
      } else {
        helpStr = text;
      }
      // Ignore falsy value when nothing to output.
      if (helpStr) {
        context.write(`${helpStr}\n`);
      }
    });
    return this;
  }

  /**
   * Output help information if help flags specified
   *
   * @param {Array} args - array of options to search for help flags
   * @private
   */

  _outputHelpIfRequested(args) {
    const helpOption = this._getHelpOption();
    const helpRequested = helpOption && args.find((arg) => helpOption.is(arg));
    if (helpRequested) {
      this.outputHelp();
      // (Do not have all displayed text available so only passing placeholder.)
      this._exit(0, 'commander.helpDisplayed', '(outputHelp)');
    }
  }
}

/**
 * Scan arguments and increment port number for inspect calls (to avoid conflicts when spawning new command).
 *
 * @param {string[]} args - array of arguments from node.execArgv
 * @returns {string[]}
 * @private
 */

function incrementNodeInspectorPort(args) {
  // Testing for these options:
  //  --inspect[=[host:]port]
  //  --inspect-brk[=[host:]port]
  //  --inspect-port=[host:]port
  return args.map((arg) => {
    if (!arg.startsWith('--inspect')) {
      return arg;
    }
    let debugOption;
    let debugHost = '127.0.0.1';
    let debugPort = '9229';
    let match;
    if ((match = arg.match(/^(--inspect(-brk)?)$/)) !== null) {
      // e.g. --inspect
      debugOption = match[1];
    } else if (
      (match = arg.match(/^(--inspect(-brk|-port)?)=([^:]+)$/)) !== null
    ) {
      debugOption = match[1];
      if (/^\d+$/.test(match[3])) {
        // e.g. --inspect=1234
        debugPort = match[3];
      } else {
        // e.g. --inspect=localhost
        debugHost = match[3];
      }
    } else if (
      (match = arg.match(/^(--inspect(-brk|-port)?)=([^:]+):(\d+)$/)) !== null
    ) {
      // e.g. --inspect=localhost:1234
      debugOption = match[1];
      debugHost = match[3];
      debugPort = match[4];
    }

    if (debugOption && debugPort !== '0') {
      return `${debugOption}=${debugHost}:${parseInt(debugPort) + 1}`;
    }
    return arg;
  });
}

/**
 * @returns {boolean | undefined}
 * @package
 */
function useColor() {
  // Test for common conventions.
  // NB: the observed behaviour is in combination with how author adds color! For example:
  //   - we do not test NODE_DISABLE_COLORS, but util:styletext does
  //   - we do test NO_COLOR, but Chalk does not
  //
  // References:
  // https://no-color.org
  // https://bixense.com/clicolors/
  // https://github.com/nodejs/node/blob/0a00217a5f67ef4a22384cfc80eb6dd9a917fdc1/lib/internal/tty.js#L109
  // https://github.com/chalk/supports-color/blob/c214314a14bcb174b12b3014b2b0a8de375029ae/index.js#L33
  // (https://force-color.org recent web page from 2023, does not match major javascript implementations)

  if (
    process.env.NO_COLOR ||
    process.env.FORCE_COLOR === '0' ||
    process.env.FORCE_COLOR === 'false'
  )
    return false;
  if (process.env.FORCE_COLOR || process.env.CLICOLOR_FORCE !== undefined)
    return true;
  return undefined;
}

exports.Command = Command;
exports.useColor = useColor; // exporting for tests


/***/ }),

/***/ 343:
/***/ ((__unused_webpack_module, exports) => {

/**
 * CommanderError class
 */
class CommanderError extends Error {
  /**
   * Constructs the CommanderError class
   * @param {number} exitCode suggested exit code which could be used with process.exit
   * @param {string} code an id string representing the error
   * @param {string} message human-readable description of the error
   */
  constructor(exitCode, code, message) {
    super(message);
    // properly capture stack trace in Node.js
    Error.captureStackTrace(this, this.constructor);
    this.name = this.constructor.name;
    this.code = code;
    this.exitCode = exitCode;
    this.nestedError = undefined;
  }
}

/**
 * InvalidArgumentError class
 */
class InvalidArgumentError extends CommanderError {
  /**
   * Constructs the InvalidArgumentError class
   * @param {string} [message] explanation of why argument is invalid
   */
  constructor(message) {
    super(1, 'commander.invalidArgument', message);
    // properly capture stack trace in Node.js
    Error.captureStackTrace(this, this.constructor);
    this.name = this.constructor.name;
  }
}

exports.CommanderError = CommanderError;
exports.InvalidArgumentError = InvalidArgumentError;


/***/ }),

/***/ 858:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const { humanReadableArgName } = __nccwpck_require__(546);

/**
 * TypeScript import types for JSDoc, used by Visual Studio Code IntelliSense and `npm run typescript-checkJS`
 * https://www.typescriptlang.org/docs/handbook/jsdoc-supported-types.html#import-types
 * @typedef { import("./argument.js").Argument } Argument
 * @typedef { import("./command.js").Command } Command
 * @typedef { import("./option.js").Option } Option
 */

// Although this is a class, methods are static in style to allow override using subclass or just functions.
class Help {
  constructor() {
    this.helpWidth = undefined;
    this.minWidthToWrap = 40;
    this.sortSubcommands = false;
    this.sortOptions = false;
    this.showGlobalOptions = false;
  }

  /**
   * prepareContext is called by Commander after applying overrides from `Command.configureHelp()`
   * and just before calling `formatHelp()`.
   *
   * Commander just uses the helpWidth and the rest is provided for optional use by more complex subclasses.
   *
   * @param {{ error?: boolean, helpWidth?: number, outputHasColors?: boolean }} contextOptions
   */
  prepareContext(contextOptions) {
    this.helpWidth = this.helpWidth ?? contextOptions.helpWidth ?? 80;
  }

  /**
   * Get an array of the visible subcommands. Includes a placeholder for the implicit help command, if there is one.
   *
   * @param {Command} cmd
   * @returns {Command[]}
   */

  visibleCommands(cmd) {
    const visibleCommands = cmd.commands.filter((cmd) => !cmd._hidden);
    const helpCommand = cmd._getHelpCommand();
    if (helpCommand && !helpCommand._hidden) {
      visibleCommands.push(helpCommand);
    }
    if (this.sortSubcommands) {
      visibleCommands.sort((a, b) => {
        // @ts-ignore: because overloaded return type
        return a.name().localeCompare(b.name());
      });
    }
    return visibleCommands;
  }

  /**
   * Compare options for sort.
   *
   * @param {Option} a
   * @param {Option} b
   * @returns {number}
   */
  compareOptions(a, b) {
    const getSortKey = (option) => {
      // WYSIWYG for order displayed in help. Short used for comparison if present. No special handling for negated.
      return option.short
        ? option.short.replace(/^-/, '')
        : option.long.replace(/^--/, '');
    };
    return getSortKey(a).localeCompare(getSortKey(b));
  }

  /**
   * Get an array of the visible options. Includes a placeholder for the implicit help option, if there is one.
   *
   * @param {Command} cmd
   * @returns {Option[]}
   */

  visibleOptions(cmd) {
    const visibleOptions = cmd.options.filter((option) => !option.hidden);
    // Built-in help option.
    const helpOption = cmd._getHelpOption();
    if (helpOption && !helpOption.hidden) {
      // Automatically hide conflicting flags. Bit dubious but a historical behaviour that is convenient for single-command programs.
      const removeShort = helpOption.short && cmd._findOption(helpOption.short);
      const removeLong = helpOption.long && cmd._findOption(helpOption.long);
      if (!removeShort && !removeLong) {
        visibleOptions.push(helpOption); // no changes needed
      } else if (helpOption.long && !removeLong) {
        visibleOptions.push(
          cmd.createOption(helpOption.long, helpOption.description),
        );
      } else if (helpOption.short && !removeShort) {
        visibleOptions.push(
          cmd.createOption(helpOption.short, helpOption.description),
        );
      }
    }
    if (this.sortOptions) {
      visibleOptions.sort(this.compareOptions);
    }
    return visibleOptions;
  }

  /**
   * Get an array of the visible global options. (Not including help.)
   *
   * @param {Command} cmd
   * @returns {Option[]}
   */

  visibleGlobalOptions(cmd) {
    if (!this.showGlobalOptions) return [];

    const globalOptions = [];
    for (
      let ancestorCmd = cmd.parent;
      ancestorCmd;
      ancestorCmd = ancestorCmd.parent
    ) {
      const visibleOptions = ancestorCmd.options.filter(
        (option) => !option.hidden,
      );
      globalOptions.push(...visibleOptions);
    }
    if (this.sortOptions) {
      globalOptions.sort(this.compareOptions);
    }
    return globalOptions;
  }

  /**
   * Get an array of the arguments if any have a description.
   *
   * @param {Command} cmd
   * @returns {Argument[]}
   */

  visibleArguments(cmd) {
    // Side effect! Apply the legacy descriptions before the arguments are displayed.
    if (cmd._argsDescription) {
      cmd.registeredArguments.forEach((argument) => {
        argument.description =
          argument.description || cmd._argsDescription[argument.name()] || '';
      });
    }

    // If there are any arguments with a description then return all the arguments.
    if (cmd.registeredArguments.find((argument) => argument.description)) {
      return cmd.registeredArguments;
    }
    return [];
  }

  /**
   * Get the command term to show in the list of subcommands.
   *
   * @param {Command} cmd
   * @returns {string}
   */

  subcommandTerm(cmd) {
    // Legacy. Ignores custom usage string, and nested commands.
    const args = cmd.registeredArguments
      .map((arg) => humanReadableArgName(arg))
      .join(' ');
    return (
      cmd._name +
      (cmd._aliases[0] ? '|' + cmd._aliases[0] : '') +
      (cmd.options.length ? ' [options]' : '') + // simplistic check for non-help option
      (args ? ' ' + args : '')
    );
  }

  /**
   * Get the option term to show in the list of options.
   *
   * @param {Option} option
   * @returns {string}
   */

  optionTerm(option) {
    return option.flags;
  }

  /**
   * Get the argument term to show in the list of arguments.
   *
   * @param {Argument} argument
   * @returns {string}
   */

  argumentTerm(argument) {
    return argument.name();
  }

  /**
   * Get the longest command term length.
   *
   * @param {Command} cmd
   * @param {Help} helper
   * @returns {number}
   */

  longestSubcommandTermLength(cmd, helper) {
    return helper.visibleCommands(cmd).reduce((max, command) => {
      return Math.max(
        max,
        this.displayWidth(
          helper.styleSubcommandTerm(helper.subcommandTerm(command)),
        ),
      );
    }, 0);
  }

  /**
   * Get the longest option term length.
   *
   * @param {Command} cmd
   * @param {Help} helper
   * @returns {number}
   */

  longestOptionTermLength(cmd, helper) {
    return helper.visibleOptions(cmd).reduce((max, option) => {
      return Math.max(
        max,
        this.displayWidth(helper.styleOptionTerm(helper.optionTerm(option))),
      );
    }, 0);
  }

  /**
   * Get the longest global option term length.
   *
   * @param {Command} cmd
   * @param {Help} helper
   * @returns {number}
   */

  longestGlobalOptionTermLength(cmd, helper) {
    return helper.visibleGlobalOptions(cmd).reduce((max, option) => {
      return Math.max(
        max,
        this.displayWidth(helper.styleOptionTerm(helper.optionTerm(option))),
      );
    }, 0);
  }

  /**
   * Get the longest argument term length.
   *
   * @param {Command} cmd
   * @param {Help} helper
   * @returns {number}
   */

  longestArgumentTermLength(cmd, helper) {
    return helper.visibleArguments(cmd).reduce((max, argument) => {
      return Math.max(
        max,
        this.displayWidth(
          helper.styleArgumentTerm(helper.argumentTerm(argument)),
        ),
      );
    }, 0);
  }

  /**
   * Get the command usage to be displayed at the top of the built-in help.
   *
   * @param {Command} cmd
   * @returns {string}
   */

  commandUsage(cmd) {
    // Usage
    let cmdName = cmd._name;
    if (cmd._aliases[0]) {
      cmdName = cmdName + '|' + cmd._aliases[0];
    }
    let ancestorCmdNames = '';
    for (
      let ancestorCmd = cmd.parent;
      ancestorCmd;
      ancestorCmd = ancestorCmd.parent
    ) {
      ancestorCmdNames = ancestorCmd.name() + ' ' + ancestorCmdNames;
    }
    return ancestorCmdNames + cmdName + ' ' + cmd.usage();
  }

  /**
   * Get the description for the command.
   *
   * @param {Command} cmd
   * @returns {string}
   */

  commandDescription(cmd) {
    // @ts-ignore: because overloaded return type
    return cmd.description();
  }

  /**
   * Get the subcommand summary to show in the list of subcommands.
   * (Fallback to description for backwards compatibility.)
   *
   * @param {Command} cmd
   * @returns {string}
   */

  subcommandDescription(cmd) {
    // @ts-ignore: because overloaded return type
    return cmd.summary() || cmd.description();
  }

  /**
   * Get the option description to show in the list of options.
   *
   * @param {Option} option
   * @return {string}
   */

  optionDescription(option) {
    const extraInfo = [];

    if (option.argChoices) {
      extraInfo.push(
        // use stringify to match the display of the default value
        `choices: ${option.argChoices.map((choice) => JSON.stringify(choice)).join(', ')}`,
      );
    }
    if (option.defaultValue !== undefined) {
      // default for boolean and negated more for programmer than end user,
      // but show true/false for boolean option as may be for hand-rolled env or config processing.
      const showDefault =
        option.required ||
        option.optional ||
        (option.isBoolean() && typeof option.defaultValue === 'boolean');
      if (showDefault) {
        extraInfo.push(
          `default: ${option.defaultValueDescription || JSON.stringify(option.defaultValue)}`,
        );
      }
    }
    // preset for boolean and negated are more for programmer than end user
    if (option.presetArg !== undefined && option.optional) {
      extraInfo.push(`preset: ${JSON.stringify(option.presetArg)}`);
    }
    if (option.envVar !== undefined) {
      extraInfo.push(`env: ${option.envVar}`);
    }
    if (extraInfo.length > 0) {
      const extraDescription = `(${extraInfo.join(', ')})`;
      if (option.description) {
        return `${option.description} ${extraDescription}`;
      }
      return extraDescription;
    }

    return option.description;
  }

  /**
   * Get the argument description to show in the list of arguments.
   *
   * @param {Argument} argument
   * @return {string}
   */

  argumentDescription(argument) {
    const extraInfo = [];
    if (argument.argChoices) {
      extraInfo.push(
        // use stringify to match the display of the default value
        `choices: ${argument.argChoices.map((choice) => JSON.stringify(choice)).join(', ')}`,
      );
    }
    if (argument.defaultValue !== undefined) {
      extraInfo.push(
        `default: ${argument.defaultValueDescription || JSON.stringify(argument.defaultValue)}`,
      );
    }
    if (extraInfo.length > 0) {
      const extraDescription = `(${extraInfo.join(', ')})`;
      if (argument.description) {
        return `${argument.description} ${extraDescription}`;
      }
      return extraDescription;
    }
    return argument.description;
  }

  /**
   * Format a list of items, given a heading and an array of formatted items.
   *
   * @param {string} heading
   * @param {string[]} items
   * @param {Help} helper
   * @returns string[]
   */
  formatItemList(heading, items, helper) {
    if (items.length === 0) return [];

    return [helper.styleTitle(heading), ...items, ''];
  }

  /**
   * Group items by their help group heading.
   *
   * @param {Command[] | Option[]} unsortedItems
   * @param {Command[] | Option[]} visibleItems
   * @param {Function} getGroup
   * @returns {Map<string, Command[] | Option[]>}
   */
  groupItems(unsortedItems, visibleItems, getGroup) {
    const result = new Map();
    // Add groups in order of appearance in unsortedItems.
    unsortedItems.forEach((item) => {
      const group = getGroup(item);
      if (!result.has(group)) result.set(group, []);
    });
    // Add items in order of appearance in visibleItems.
    visibleItems.forEach((item) => {
      const group = getGroup(item);
      if (!result.has(group)) {
        result.set(group, []);
      }
      result.get(group).push(item);
    });
    return result;
  }

  /**
   * Generate the built-in help text.
   *
   * @param {Command} cmd
   * @param {Help} helper
   * @returns {string}
   */

  formatHelp(cmd, helper) {
    const termWidth = helper.padWidth(cmd, helper);
    const helpWidth = helper.helpWidth ?? 80; // in case prepareContext() was not called

    function callFormatItem(term, description) {
      return helper.formatItem(term, termWidth, description, helper);
    }

    // Usage
    let output = [
      `${helper.styleTitle('Usage:')} ${helper.styleUsage(helper.commandUsage(cmd))}`,
      '',
    ];

    // Description
    const commandDescription = helper.commandDescription(cmd);
    if (commandDescription.length > 0) {
      output = output.concat([
        helper.boxWrap(
          helper.styleCommandDescription(commandDescription),
          helpWidth,
        ),
        '',
      ]);
    }

    // Arguments
    const argumentList = helper.visibleArguments(cmd).map((argument) => {
      return callFormatItem(
        helper.styleArgumentTerm(helper.argumentTerm(argument)),
        helper.styleArgumentDescription(helper.argumentDescription(argument)),
      );
    });
    output = output.concat(
      this.formatItemList('Arguments:', argumentList, helper),
    );

    // Options
    const optionGroups = this.groupItems(
      cmd.options,
      helper.visibleOptions(cmd),
      (option) => option.helpGroupHeading ?? 'Options:',
    );
    optionGroups.forEach((options, group) => {
      const optionList = options.map((option) => {
        return callFormatItem(
          helper.styleOptionTerm(helper.optionTerm(option)),
          helper.styleOptionDescription(helper.optionDescription(option)),
        );
      });
      output = output.concat(this.formatItemList(group, optionList, helper));
    });

    if (helper.showGlobalOptions) {
      const globalOptionList = helper
        .visibleGlobalOptions(cmd)
        .map((option) => {
          return callFormatItem(
            helper.styleOptionTerm(helper.optionTerm(option)),
            helper.styleOptionDescription(helper.optionDescription(option)),
          );
        });
      output = output.concat(
        this.formatItemList('Global Options:', globalOptionList, helper),
      );
    }

    // Commands
    const commandGroups = this.groupItems(
      cmd.commands,
      helper.visibleCommands(cmd),
      (sub) => sub.helpGroup() || 'Commands:',
    );
    commandGroups.forEach((commands, group) => {
      const commandList = commands.map((sub) => {
        return callFormatItem(
          helper.styleSubcommandTerm(helper.subcommandTerm(sub)),
          helper.styleSubcommandDescription(helper.subcommandDescription(sub)),
        );
      });
      output = output.concat(this.formatItemList(group, commandList, helper));
    });

    return output.join('\n');
  }

  /**
   * Return display width of string, ignoring ANSI escape sequences. Used in padding and wrapping calculations.
   *
   * @param {string} str
   * @returns {number}
   */
  displayWidth(str) {
    return stripColor(str).length;
  }

  /**
   * Style the title for displaying in the help. Called with 'Usage:', 'Options:', etc.
   *
   * @param {string} str
   * @returns {string}
   */
  styleTitle(str) {
    return str;
  }

  styleUsage(str) {
    // Usage has lots of parts the user might like to color separately! Assume default usage string which is formed like:
    //    command subcommand [options] [command] <foo> [bar]
    return str
      .split(' ')
      .map((word) => {
        if (word === '[options]') return this.styleOptionText(word);
        if (word === '[command]') return this.styleSubcommandText(word);
        if (word[0] === '[' || word[0] === '<')
          return this.styleArgumentText(word);
        return this.styleCommandText(word); // Restrict to initial words?
      })
      .join(' ');
  }
  styleCommandDescription(str) {
    return this.styleDescriptionText(str);
  }
  styleOptionDescription(str) {
    return this.styleDescriptionText(str);
  }
  styleSubcommandDescription(str) {
    return this.styleDescriptionText(str);
  }
  styleArgumentDescription(str) {
    return this.styleDescriptionText(str);
  }
  styleDescriptionText(str) {
    return str;
  }
  styleOptionTerm(str) {
    return this.styleOptionText(str);
  }
  styleSubcommandTerm(str) {
    // This is very like usage with lots of parts! Assume default string which is formed like:
    //    subcommand [options] <foo> [bar]
    return str
      .split(' ')
      .map((word) => {
        if (word === '[options]') return this.styleOptionText(word);
        if (word[0] === '[' || word[0] === '<')
          return this.styleArgumentText(word);
        return this.styleSubcommandText(word); // Restrict to initial words?
      })
      .join(' ');
  }
  styleArgumentTerm(str) {
    return this.styleArgumentText(str);
  }
  styleOptionText(str) {
    return str;
  }
  styleArgumentText(str) {
    return str;
  }
  styleSubcommandText(str) {
    return str;
  }
  styleCommandText(str) {
    return str;
  }

  /**
   * Calculate the pad width from the maximum term length.
   *
   * @param {Command} cmd
   * @param {Help} helper
   * @returns {number}
   */

  padWidth(cmd, helper) {
    return Math.max(
      helper.longestOptionTermLength(cmd, helper),
      helper.longestGlobalOptionTermLength(cmd, helper),
      helper.longestSubcommandTermLength(cmd, helper),
      helper.longestArgumentTermLength(cmd, helper),
    );
  }

  /**
   * Detect manually wrapped and indented strings by checking for line break followed by whitespace.
   *
   * @param {string} str
   * @returns {boolean}
   */
  preformatted(str) {
    return /\n[^\S\r\n]/.test(str);
  }

  /**
   * Format the "item", which consists of a term and description. Pad the term and wrap the description, indenting the following lines.
   *
   * So "TTT", 5, "DDD DDDD DD DDD" might be formatted for this.helpWidth=17 like so:
   *   TTT  DDD DDDD
   *        DD DDD
   *
   * @param {string} term
   * @param {number} termWidth
   * @param {string} description
   * @param {Help} helper
   * @returns {string}
   */
  formatItem(term, termWidth, description, helper) {
    const itemIndent = 2;
    const itemIndentStr = ' '.repeat(itemIndent);
    if (!description) return itemIndentStr + term;

    // Pad the term out to a consistent width, so descriptions are aligned.
    const paddedTerm = term.padEnd(
      termWidth + term.length - helper.displayWidth(term),
    );

    // Format the description.
    const spacerWidth = 2; // between term and description
    const helpWidth = this.helpWidth ?? 80; // in case prepareContext() was not called
    const remainingWidth = helpWidth - termWidth - spacerWidth - itemIndent;
    let formattedDescription;
    if (
      remainingWidth < this.minWidthToWrap ||
      helper.preformatted(description)
    ) {
      formattedDescription = description;
    } else {
      const wrappedDescription = helper.boxWrap(description, remainingWidth);
      formattedDescription = wrappedDescription.replace(
        /\n/g,
        '\n' + ' '.repeat(termWidth + spacerWidth),
      );
    }

    // Construct and overall indent.
    return (
      itemIndentStr +
      paddedTerm +
      ' '.repeat(spacerWidth) +
      formattedDescription.replace(/\n/g, `\n${itemIndentStr}`)
    );
  }

  /**
   * Wrap a string at whitespace, preserving existing line breaks.
   * Wrapping is skipped if the width is less than `minWidthToWrap`.
   *
   * @param {string} str
   * @param {number} width
   * @returns {string}
   */
  boxWrap(str, width) {
    if (width < this.minWidthToWrap) return str;

    const rawLines = str.split(/\r\n|\n/);
    // split up text by whitespace
    const chunkPattern = /[\s]*[^\s]+/g;
    const wrappedLines = [];
    rawLines.forEach((line) => {
      const chunks = line.match(chunkPattern);
      if (chunks === null) {
        wrappedLines.push('');
        return;
      }

      let sumChunks = [chunks.shift()];
      let sumWidth = this.displayWidth(sumChunks[0]);
      chunks.forEach((chunk) => {
        const visibleWidth = this.displayWidth(chunk);
        // Accumulate chunks while they fit into width.
        if (sumWidth + visibleWidth <= width) {
          sumChunks.push(chunk);
          sumWidth += visibleWidth;
          return;
        }
        wrappedLines.push(sumChunks.join(''));

        const nextChunk = chunk.trimStart(); // trim space at line break
        sumChunks = [nextChunk];
        sumWidth = this.displayWidth(nextChunk);
      });
      wrappedLines.push(sumChunks.join(''));
    });

    return wrappedLines.join('\n');
  }
}

/**
 * Strip style ANSI escape sequences from the string. In particular, SGR (Select Graphic Rendition) codes.
 *
 * @param {string} str
 * @returns {string}
 * @package
 */

function stripColor(str) {
  // eslint-disable-next-line no-control-regex
  const sgrPattern = /\x1b\[\d*(;\d*)*m/g;
  return str.replace(sgrPattern, '');
}

exports.Help = Help;
exports.stripColor = stripColor;


/***/ }),

/***/ 992:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const { InvalidArgumentError } = __nccwpck_require__(343);

class Option {
  /**
   * Initialize a new `Option` with the given `flags` and `description`.
   *
   * @param {string} flags
   * @param {string} [description]
   */

  constructor(flags, description) {
    this.flags = flags;
    this.description = description || '';

    this.required = flags.includes('<'); // A value must be supplied when the option is specified.
    this.optional = flags.includes('['); // A value is optional when the option is specified.
    // variadic test ignores <value,...> et al which might be used to describe custom splitting of single argument
    this.variadic = /\w\.\.\.[>\]]$/.test(flags); // The option can take multiple values.
    this.mandatory = false; // The option must have a value after parsing, which usually means it must be specified on command line.
    const optionFlags = splitOptionFlags(flags);
    this.short = optionFlags.shortFlag; // May be a short flag, undefined, or even a long flag (if option has two long flags).
    this.long = optionFlags.longFlag;
    this.negate = false;
    if (this.long) {
      this.negate = this.long.startsWith('--no-');
    }
    this.defaultValue = undefined;
    this.defaultValueDescription = undefined;
    this.presetArg = undefined;
    this.envVar = undefined;
    this.parseArg = undefined;
    this.hidden = false;
    this.argChoices = undefined;
    this.conflictsWith = [];
    this.implied = undefined;
    this.helpGroupHeading = undefined; // soft initialised when option added to command
  }

  /**
   * Set the default value, and optionally supply the description to be displayed in the help.
   *
   * @param {*} value
   * @param {string} [description]
   * @return {Option}
   */

  default(value, description) {
    this.defaultValue = value;
    this.defaultValueDescription = description;
    return this;
  }

  /**
   * Preset to use when option used without option-argument, especially optional but also boolean and negated.
   * The custom processing (parseArg) is called.
   *
   * @example
   * new Option('--color').default('GREYSCALE').preset('RGB');
   * new Option('--donate [amount]').preset('20').argParser(parseFloat);
   *
   * @param {*} arg
   * @return {Option}
   */

  preset(arg) {
    this.presetArg = arg;
    return this;
  }

  /**
   * Add option name(s) that conflict with this option.
   * An error will be displayed if conflicting options are found during parsing.
   *
   * @example
   * new Option('--rgb').conflicts('cmyk');
   * new Option('--js').conflicts(['ts', 'jsx']);
   *
   * @param {(string | string[])} names
   * @return {Option}
   */

  conflicts(names) {
    this.conflictsWith = this.conflictsWith.concat(names);
    return this;
  }

  /**
   * Specify implied option values for when this option is set and the implied options are not.
   *
   * The custom processing (parseArg) is not called on the implied values.
   *
   * @example
   * program
   *   .addOption(new Option('--log', 'write logging information to file'))
   *   .addOption(new Option('--trace', 'log extra details').implies({ log: 'trace.txt' }));
   *
   * @param {object} impliedOptionValues
   * @return {Option}
   */
  implies(impliedOptionValues) {
    let newImplied = impliedOptionValues;
    if (typeof impliedOptionValues === 'string') {
      // string is not documented, but easy mistake and we can do what user probably intended.
      newImplied = { [impliedOptionValues]: true };
    }
    this.implied = Object.assign(this.implied || {}, newImplied);
    return this;
  }

  /**
   * Set environment variable to check for option value.
   *
   * An environment variable is only used if when processed the current option value is
   * undefined, or the source of the current value is 'default' or 'config' or 'env'.
   *
   * @param {string} name
   * @return {Option}
   */

  env(name) {
    this.envVar = name;
    return this;
  }

  /**
   * Set the custom handler for processing CLI option arguments into option values.
   *
   * @param {Function} [fn]
   * @return {Option}
   */

  argParser(fn) {
    this.parseArg = fn;
    return this;
  }

  /**
   * Whether the option is mandatory and must have a value after parsing.
   *
   * @param {boolean} [mandatory=true]
   * @return {Option}
   */

  makeOptionMandatory(mandatory = true) {
    this.mandatory = !!mandatory;
    return this;
  }

  /**
   * Hide option in help.
   *
   * @param {boolean} [hide=true]
   * @return {Option}
   */

  hideHelp(hide = true) {
    this.hidden = !!hide;
    return this;
  }

  /**
   * @package
   */

  _collectValue(value, previous) {
    if (previous === this.defaultValue || !Array.isArray(previous)) {
      return [value];
    }

    previous.push(value);
    return previous;
  }

  /**
   * Only allow option value to be one of choices.
   *
   * @param {string[]} values
   * @return {Option}
   */

  choices(values) {
    this.argChoices = values.slice();
    this.parseArg = (arg, previous) => {
      if (!this.argChoices.includes(arg)) {
        throw new InvalidArgumentError(
          `Allowed choices are ${this.argChoices.join(', ')}.`,
        );
      }
      if (this.variadic) {
        return this._collectValue(arg, previous);
      }
      return arg;
    };
    return this;
  }

  /**
   * Return option name.
   *
   * @return {string}
   */

  name() {
    if (this.long) {
      return this.long.replace(/^--/, '');
    }
    return this.short.replace(/^-/, '');
  }

  /**
   * Return option name, in a camelcase format that can be used
   * as an object attribute key.
   *
   * @return {string}
   */

  attributeName() {
    if (this.negate) {
      return camelcase(this.name().replace(/^no-/, ''));
    }
    return camelcase(this.name());
  }

  /**
   * Set the help group heading.
   *
   * @param {string} heading
   * @return {Option}
   */
  helpGroup(heading) {
    this.helpGroupHeading = heading;
    return this;
  }

  /**
   * Check if `arg` matches the short or long flag.
   *
   * @param {string} arg
   * @return {boolean}
   * @package
   */

  is(arg) {
    return this.short === arg || this.long === arg;
  }

  /**
   * Return whether a boolean option.
   *
   * Options are one of boolean, negated, required argument, or optional argument.
   *
   * @return {boolean}
   * @package
   */

  isBoolean() {
    return !this.required && !this.optional && !this.negate;
  }
}

/**
 * This class is to make it easier to work with dual options, without changing the existing
 * implementation. We support separate dual options for separate positive and negative options,
 * like `--build` and `--no-build`, which share a single option value. This works nicely for some
 * use cases, but is tricky for others where we want separate behaviours despite
 * the single shared option value.
 */
class DualOptions {
  /**
   * @param {Option[]} options
   */
  constructor(options) {
    this.positiveOptions = new Map();
    this.negativeOptions = new Map();
    this.dualOptions = new Set();
    options.forEach((option) => {
      if (option.negate) {
        this.negativeOptions.set(option.attributeName(), option);
      } else {
        this.positiveOptions.set(option.attributeName(), option);
      }
    });
    this.negativeOptions.forEach((value, key) => {
      if (this.positiveOptions.has(key)) {
        this.dualOptions.add(key);
      }
    });
  }

  /**
   * Did the value come from the option, and not from possible matching dual option?
   *
   * @param {*} value
   * @param {Option} option
   * @returns {boolean}
   */
  valueFromOption(value, option) {
    const optionKey = option.attributeName();
    if (!this.dualOptions.has(optionKey)) return true;

    // Use the value to deduce if (probably) came from the option.
    const preset = this.negativeOptions.get(optionKey).presetArg;
    const negativeValue = preset !== undefined ? preset : false;
    return option.negate === (negativeValue === value);
  }
}

/**
 * Convert string from kebab-case to camelCase.
 *
 * @param {string} str
 * @return {string}
 * @private
 */

function camelcase(str) {
  return str.split('-').reduce((str, word) => {
    return str + word[0].toUpperCase() + word.slice(1);
  });
}

/**
 * Split the short and long flag out of something like '-m,--mixed <value>'
 *
 * @private
 */

function splitOptionFlags(flags) {
  let shortFlag;
  let longFlag;
  // short flag, single dash and single character
  const shortFlagExp = /^-[^-]$/;
  // long flag, double dash and at least one character
  const longFlagExp = /^--[^-]/;

  const flagParts = flags.split(/[ |,]+/).concat('guard');
  // Normal is short and/or long.
  if (shortFlagExp.test(flagParts[0])) shortFlag = flagParts.shift();
  if (longFlagExp.test(flagParts[0])) longFlag = flagParts.shift();
  // Long then short. Rarely used but fine.
  if (!shortFlag && shortFlagExp.test(flagParts[0]))
    shortFlag = flagParts.shift();
  // Allow two long flags, like '--ws, --workspace'
  // This is the supported way to have a shortish option flag.
  if (!shortFlag && longFlagExp.test(flagParts[0])) {
    shortFlag = longFlag;
    longFlag = flagParts.shift();
  }

  // Check for unprocessed flag. Fail noisily rather than silently ignore.
  if (flagParts[0].startsWith('-')) {
    const unsupportedFlag = flagParts[0];
    const baseError = `option creation failed due to '${unsupportedFlag}' in option flags '${flags}'`;
    if (/^-[^-][^-]/.test(unsupportedFlag))
      throw new Error(
        `${baseError}
- a short flag is a single dash and a single character
  - either use a single dash and a single character (for a short flag)
  - or use a double dash for a long option (and can have two, like '--ws, --workspace')`,
      );
    if (shortFlagExp.test(unsupportedFlag))
      throw new Error(`${baseError}
- too many short flags`);
    if (longFlagExp.test(unsupportedFlag))
      throw new Error(`${baseError}
- too many long flags`);

    throw new Error(`${baseError}
- unrecognised flag format`);
  }
  if (shortFlag === undefined && longFlag === undefined)
    throw new Error(
      `option creation failed due to no flags found in '${flags}'.`,
    );

  return { shortFlag, longFlag };
}

exports.Option = Option;
exports.DualOptions = DualOptions;


/***/ }),

/***/ 646:
/***/ ((__unused_webpack_module, exports) => {

const maxDistance = 3;

function editDistance(a, b) {
  // https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance
  // Calculating optimal string alignment distance, no substring is edited more than once.
  // (Simple implementation.)

  // Quick early exit, return worst case.
  if (Math.abs(a.length - b.length) > maxDistance)
    return Math.max(a.length, b.length);

  // distance between prefix substrings of a and b
  const d = [];

  // pure deletions turn a into empty string
  for (let i = 0; i <= a.length; i++) {
    d[i] = [i];
  }
  // pure insertions turn empty string into b
  for (let j = 0; j <= b.length; j++) {
    d[0][j] = j;
  }

  // fill matrix
  for (let j = 1; j <= b.length; j++) {
    for (let i = 1; i <= a.length; i++) {
      let cost = 1;
      if (a[i - 1] === b[j - 1]) {
        cost = 0;
      } else {
        cost = 1;
      }
      d[i][j] = Math.min(
        d[i - 1][j] + 1, // deletion
        d[i][j - 1] + 1, // insertion
        d[i - 1][j - 1] + cost, // substitution
      );
      // transposition
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }

  return d[a.length][b.length];
}

/**
 * Find close matches, restricted to same number of edits.
 *
 * @param {string} word
 * @param {string[]} candidates
 * @returns {string}
 */

function suggestSimilar(word, candidates) {
  if (!candidates || candidates.length === 0) return '';
  // remove possible duplicates
  candidates = Array.from(new Set(candidates));

  const searchingOptions = word.startsWith('--');
  if (searchingOptions) {
    word = word.slice(2);
    candidates = candidates.map((candidate) => candidate.slice(2));
  }

  let similar = [];
  let bestDistance = maxDistance;
  const minSimilarity = 0.4;
  candidates.forEach((candidate) => {
    if (candidate.length <= 1) return; // no one character guesses

    const distance = editDistance(word, candidate);
    const length = Math.max(word.length, candidate.length);
    const similarity = (length - distance) / length;
    if (similarity > minSimilarity) {
      if (distance < bestDistance) {
        // better edit distance, throw away previous worse matches
        bestDistance = distance;
        similar = [candidate];
      } else if (distance === bestDistance) {
        similar.push(candidate);
      }
    }
  });

  similar.sort((a, b) => a.localeCompare(b));
  if (searchingOptions) {
    similar = similar.map((candidate) => `--${candidate}`);
  }

  if (similar.length > 1) {
    return `\n(Did you mean one of ${similar.join(', ')}?)`;
  }
  if (similar.length === 1) {
    return `\n(Did you mean ${similar[0]}?)`;
  }
  return '';
}

exports.suggestSimilar = suggestSimilar;


/***/ }),

/***/ 290:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var _run_cli_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(617);

// Sockets and timers of libraries could keep the process alive: when the work is done, it ends.
process.exit(await (0,_run_cli_js__WEBPACK_IMPORTED_MODULE_0__/* .runCli */ .a)(process.argv.slice(2), process.env));

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 617:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  a: () => (/* binding */ runCli)
});

;// CONCATENATED MODULE: external "node:util"
const external_node_util_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:util");
;// CONCATENATED MODULE: ./build/platform/errors.js

/**
 * The one error type that this product throws on purpose.
 * `message` is one line: what is wrong, and where.
 */
class Failure extends Error {
    mend;
    evidence;
    constructor(message, details = {}) {
        super(message, { cause: details.cause });
        this.name = new.target.name;
        this.mend = details.mend;
        this.evidence = details.evidence ?? [];
    }
}
/** Wrong input or flags: exit code 2. */
class UsageError extends Failure {
}
/** A program ended badly, was ended for taking too long, or could not be started. */
class ToolError extends Failure {
    argv;
    /** Undefined where a signal ended it. */
    exitCode;
    constructor(message, argv, exitCode, details = {}) {
        super(message, details);
        this.argv = argv;
        this.exitCode = exitCode;
    }
}
/** The run was asked to end: SIGINT, SIGTERM, or a caller's abort. */
class CancelledError extends Failure {
}
/** The message of anything that was thrown. */
function errorMessage(thrown) {
    return external_node_util_namespaceObject.types.isNativeError(thrown) ? thrown.message : String(thrown);
}
/** True for an error of the operating system with this code, such as `ENOENT`. */
function hasCode(thrown, code) {
    // Not `instanceof`: under jest, Node's own errors come from another realm.
    return external_node_util_namespaceObject.types.isNativeError(thrown) && 'code' in thrown && thrown.code === code;
}

;// CONCATENATED MODULE: ./build/platform/format.js
/** `812 ms`, `4.2 s`, `3 min 5 s`. */
function formatDuration(milliseconds) {
    if (milliseconds < 1000)
        return `${Math.round(milliseconds)} ms`;
    const seconds = milliseconds / 1000;
    if (seconds < 60)
        return `${seconds.toFixed(1)} s`;
    return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}
/** `512 B`, `1.4 KiB`, `57.3 MiB`. */
function formatBytes(bytes) {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(bytes) / Math.log(1024)));
    const value = bytes / 1024 ** power;
    return `${power === 0 || Number.isInteger(value) ? value : value.toFixed(1)} ${units[power] ?? ''}`;
}
/** `1 clone`, `2 clones`: for nouns that take an s. */
function formatCount(count, noun) {
    return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
/** A foreign text on one line, without control characters that could drive a terminal or a log. */
function sanitizeLine(text, longest = 400) {
    const line = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trimEnd();
    return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

;// CONCATENATED MODULE: ./build/platform/plain-view.js

/** Plain lines, for files and for logs that are read later. `verbose` shows details too. */
function createPlainView(print, options) {
    const say = (title, line) => print(`${title}: ${sanitizeLine(line)}`);
    const shown = new Map();
    return {
        started: (title) => print(`${title} ...`),
        info: say,
        detail: (title, line) => {
            if (options.verbose)
                say(title, line);
        },
        warn: (title, line) => say(title, `warning: ${line}`),
        progress: (title, label, done, total) => {
            // A line for each quarter: a log is no progress bar.
            const quarter = total === undefined || total === 0 ? 0 : Math.floor((done / total) * 4);
            const key = `${title}/${label}`;
            if (quarter <= (shown.get(key) ?? 0))
                return;
            shown.set(key, quarter);
            if (quarter < 4)
                say(title, `${label}: ${formatBytes(done)} of ${formatBytes(total ?? 0)}`);
        },
        finished: (title, outcome, milliseconds) => print(`${title}: ${outcome} after ${formatDuration(milliseconds)}`),
        close: () => undefined,
    };
}

;// CONCATENATED MODULE: external "node:crypto"
const external_node_crypto_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");
;// CONCATENATED MODULE: external "node:os"
const external_node_os_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:os");
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(760);
;// CONCATENATED MODULE: external "node:timers/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");
;// CONCATENATED MODULE: ./build/platform/clock.js

const systemClock = {
    now: () => Date.now(),
    sleep: async (milliseconds, signal) => {
        try {
            await (0,promises_namespaceObject.setTimeout)(milliseconds, undefined, signal === undefined ? {} : { signal });
        }
        catch (error) {
            signal?.throwIfAborted();
            throw error;
        }
    },
};

;// CONCATENATED MODULE: ./build/platform/environment.js
/** Credentials and the runner's own channels: no program that we start needs them. */
const secret = /^(AWS_|ACTIONS_|INPUT_|GITHUB_TOKEN$|GH_TOKEN$|STATE_)|(TOKEN|SECRET|PASSWORD|PRIVATE_KEY)$/;
/**
 * What child processes get: our environment without credentials, in the C locale and UTC, so that their output can be read.
 * RUNNER_TRACKING_ID stays in it: by it GitHub's runner finds what a lost job left behind.
 */
function childEnvironment(environment) {
    const kept = Object.entries(environment).filter((entry) => entry[1] !== undefined && !secret.test(entry[0]));
    return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' };
}

// EXTERNAL MODULE: external "node:child_process"
var external_node_child_process_ = __nccwpck_require__(421);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __nccwpck_require__(24);
;// CONCATENATED MODULE: external "node:fs/promises"
const external_node_fs_promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs/promises");
;// CONCATENATED MODULE: ./build/platform/programs.js




/** Which Debian and Ubuntu package has each program that this product starts. */
const packageOfProgram = {
    debugfs: 'e2fsprogs',
    dumpe2fs: 'e2fsprogs',
    e2fsck: 'e2fsprogs',
    mke2fs: 'e2fsprogs',
    fakeroot: 'fakeroot',
    flock: 'util-linux',
    go: 'golang-go',
    gpgv: 'gpgv',
    'mkfs.vfat': 'dosfstools',
    mmdebstrap: 'mmdebstrap',
    nsenter: 'util-linux',
    npx: 'npm',
    prlimit: 'util-linux',
    'qemu-img': 'qemu-utils',
    'qemu-io': 'qemu-utils',
    'qemu-storage-daemon': 'qemu-system-common',
    'qemu-system-x86_64': 'qemu-system-x86',
    setpriv: 'util-linux',
    sfdisk: 'fdisk',
    tar: 'tar',
    unshare: 'util-linux',
    xorriso: 'xorriso',
};
/** Administrators' programs, which a plain user's PATH often lacks on Debian. */
const administratorFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
/** The absolute path of a program, or undefined where it is not installed. */
async function tryFindProgram(program, searchPath) {
    const candidates = (0,external_node_path_.isAbsolute)(program)
        ? [program]
        : [...searchPath.split(external_node_path_.delimiter).filter(external_node_path_.isAbsolute), ...administratorFolders].map((folder) => (0,external_node_path_.join)(folder, program));
    for (const candidate of candidates) {
        if (await isExecutable(candidate))
            return candidate;
    }
    return undefined;
}
/** The absolute path of a program. @throws Failure that names the package to install. */
async function getProgram(program, searchPath) {
    const found = await tryFindProgram(program, searchPath);
    if (found !== undefined)
        return found;
    const packageName = packageOfProgram[program];
    throw new Failure(`${program} is not installed`, packageName === undefined ? {} : { mend: `sudo apt-get install --no-install-recommends ${packageName}` });
}
async function isExecutable(path) {
    return (0,external_node_fs_promises_namespaceObject.access)(path, external_node_fs_.constants.X_OK).then(() => true, () => false);
}

;// CONCATENATED MODULE: ./build/platform/processes.js



const tenMinutes = 600_000;
const defaultGraceMs = 2_000;
const collectedCharacters = 64 * 1024 ** 2;
const tailLines = 60;
function createProcesses(options) {
    return {
        run: async (command) => {
            const scope = command.evenAfterCancel === true ? { ...options, signal: new AbortController().signal } : options;
            return runToEnd(await launch(command, scope), { timeoutMs: tenMinutes, ...command }, scope.signal);
        },
        start: async (command) => {
            const child = await launch(command, options);
            const running = watch(child, command);
            const onAbort = () => void running.stop();
            options.signal.addEventListener('abort', onAbort, { once: true });
            void running.exited.then(() => options.signal.removeEventListener('abort', onAbort));
            return running;
        },
        stream: async (command, consume) => streamToEnd(await launch(command, options), command, options.signal, consume),
        tryFind: async (program) => tryFindProgram(program, options.environment['PATH'] ?? ''),
    };
}
/** A command line as a person could type it again. */
function formatCommand(argv) {
    return argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
/**
 * Starts the program in a process group of its own, to die with this process:
 * the kernel sends SIGKILL when the parent ends (prctl(2), PR_SET_PDEATHSIG), so that `kill -9` leaves nothing behind.
 */
async function launch(command, options) {
    options.signal.throwIfAborted();
    const environment = { ...options.environment, ...command.env };
    const searchPath = environment['PATH'] ?? '';
    const setpriv = await getProgram('setpriv', searchPath);
    const program = await getProgram(command.argv[0], searchPath);
    options.log.detail(`$ ${formatCommand(command.argv)}`);
    options.signal.throwIfAborted();
    const child = (0,external_node_child_process_.spawn)(setpriv, ['--pdeathsig', 'KILL', '--', program, ...command.argv.slice(1)], {
        ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
        env: environment,
        detached: true,
        stdio: [command.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...(command.files ?? [])],
    });
    // A program that ends before it has read its input closes the pipe; its exit code says what that means.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(command.input);
    return child;
}
async function runToEnd(child, command, signal) {
    const stdout = collect(child.stdout, command);
    const stderr = collect(child.stderr, command);
    await finish(child, command, signal);
    return { stdout: stdout(), stderr: stderr() };
}
async function streamToEnd(child, command, signal, consume) {
    if (child.stdout === null)
        throw new TypeError('a streamed process has a standard output');
    const finished = finish(child, command, signal, [child.stderr]);
    finished.catch(() => undefined);
    try {
        const result = await consume(child.stdout);
        await finished;
        return result;
    }
    catch (error) {
        // Where the output had ended already, the program came first, and its own words are the cause;
        // a reader that leaves in the middle makes it fail itself (EPIPE).
        const programEndedFirst = child.stdout.readableEnded;
        endGroup(child, 'SIGKILL');
        await finished.catch((cause) => { if (programEndedFirst && cause instanceof ToolError && cause.exitCode !== undefined)
            throw cause; });
        throw error;
    }
}
/** Waits for the end of a process that must succeed, whichever comes first: its exit, the time limit, a cancel. */
async function finish(child, command, signal, watched = [child.stdout, child.stderr]) {
    const running = watch(child, command, watched);
    let overdue = false;
    const timer = command.timeoutMs === undefined ? undefined : setTimeout(() => {
        overdue = true;
        void running.stop();
    }, command.timeoutMs);
    const onAbort = () => void running.stop();
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted)
        onAbort();
    const exit = await running.exited;
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    signal.throwIfAborted();
    if (exit.code === 0 && !overdue)
        return;
    throw new ToolError(describeEnd(command, exit, overdue), command.argv, exit.code, { evidence: running.tail() });
}
function describeEnd(command, exit, overdue) {
    const program = command.argv[0];
    if (overdue)
        return `${program} did not finish within ${(command.timeoutMs ?? 0) / 1000} s and was ended`;
    return exit.code === undefined ? `${program} was ended by ${exit.signal ?? 'a signal'}` : `${program} failed with exit code ${exit.code}`;
}
function watch(child, command, watched = [child.stdout, child.stderr]) {
    const tail = [];
    for (const stream of watched) {
        onLines(stream, (line) => {
            tail.push(line);
            if (tail.length > tailLines)
                tail.shift();
            command.onLine?.(line);
        });
    }
    const exited = new Promise((resolve) => {
        child.once('error', (error) => {
            tail.push(error.message);
            resolve({ code: 127, signal: undefined });
        });
        child.once('close', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
    });
    return {
        pid: child.pid ?? -1,
        exited,
        tail: () => [...tail],
        stop: async (graceMs = defaultGraceMs) => {
            endGroup(child, 'SIGTERM');
            const timer = setTimeout(() => endGroup(child, 'SIGKILL'), graceMs);
            const exit = await exited;
            clearTimeout(timer);
            return exit;
        },
    };
}
function endGroup(child, signal) {
    if (child.pid === undefined)
        return;
    try {
        process.kill(-child.pid, signal);
    }
    catch {
        // The group has ended already.
    }
}
/** Keeps what a stream gives; the returned function hands it out, or throws where it was too much to keep. */
function collect(stream, command) {
    const chunks = [];
    let size = 0;
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk) => {
        size += chunk.length;
        if (size <= collectedCharacters)
            chunks.push(chunk);
    });
    return () => {
        if (size <= collectedCharacters)
            return chunks.join('');
        throw new ToolError(`${command.argv[0]} printed more than ${collectedCharacters / 1024 ** 2} MiB`, command.argv, 0);
    };
}
const longestLine = 64 * 1024;
/** Calls back with each line; a longer one than 64 KiB comes in pieces. */
function onLines(stream, onLine) {
    let rest = '';
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk) => {
        const lines = (rest + chunk).split(/\r?\n|\r/);
        rest = lines.pop() ?? '';
        lines.forEach(onLine);
        if (rest.length > longestLine) {
            onLine(rest);
            rest = '';
        }
    });
    stream?.on('end', () => {
        if (rest !== '')
            onLine(rest);
    });
}

;// CONCATENATED MODULE: ./build/platform/steps.js

function createSteps(view, clock) {
    const rows = [];
    const beginning = clock.now();
    return {
        timeline: () => [...rows].sort((a, b) => a.startMs - b.startMs),
        run: async (title, work) => {
            const start = clock.now();
            const finish = (outcome) => {
                rows.push({ title, outcome, startMs: start - beginning, durationMs: clock.now() - start });
                view.finished(title, outcome, clock.now() - start);
            };
            view.started(title);
            try {
                const result = await work(logOf(title, view));
                finish('done');
                return result;
            }
            catch (error) {
                finish(error instanceof CancelledError ? 'cancelled' : 'failed');
                throw error;
            }
        },
    };
}
function logOf(title, view) {
    return {
        info: (line) => view.info(title, line),
        detail: (line) => view.detail(title, line),
        warn: (line) => view.warn(title, line),
        progress: (label, done, total) => view.progress(title, label, done, total),
    };
}

;// CONCATENATED MODULE: ./build/platform/log.js
/** For work whose talk nobody reads, and for tests. */
const silentLog = {
    info: () => undefined,
    detail: () => undefined,
    warn: () => undefined,
    progress: () => undefined,
};

;// CONCATENATED MODULE: ./build/platform/session.js









/** Under this title views keep the command lines of all steps. */
const commandsTitle = 'Commands';
/** Begins a run. The first SIGINT or SIGTERM ends it in order, a second one at once. */
function beginSession(view, environment) {
    const controller = new AbortController();
    for (const [name, number] of [['SIGINT', 2], ['SIGTERM', 15]]) {
        process.on(name, () => {
            if (controller.signal.aborted)
                process.exit(128 + number);
            controller.abort(new CancelledError(`cancelled by ${name}`));
        });
    }
    const log = { ...silentLog, detail: (line) => view.detail(commandsTitle, line) };
    return {
        processes: createProcesses({ environment: childEnvironment(environment), signal: controller.signal, log }),
        clock: systemClock,
        steps: createSteps(view, systemClock),
        signal: controller.signal,
        cancel: (reason) => controller.abort(reason),
        owner: (0,external_node_crypto_namespaceObject.randomUUID)(),
    };
}
/** Folders for what users do not name one for. */
function defaultFolders(environment) {
    const get = (name, otherwise) => {
        const value = environment[name];
        return value === undefined || value === '' ? otherwise : value;
    };
    // A user of a container may have no line in passwd(5): neither a name nor a home.
    const home = get('HOME', (0,external_node_os_namespaceObject.tmpdir)());
    return {
        cache: (0,external_node_path_.join)(get('XDG_CACHE_HOME', (0,external_node_path_.join)(home, '.cache')), 'ch-golden'),
        // Named after the user: two users of one machine do not share a folder.
        work: (0,external_node_path_.join)(get('RUNNER_TEMP', (0,external_node_os_namespaceObject.tmpdir)()), `ch-golden-${process.getuid?.() ?? 0}`),
    };
}

// EXTERNAL MODULE: external "node:process"
var external_node_process_ = __nccwpck_require__(708);
;// CONCATENATED MODULE: ../../work/main/node_modules/environment/index.js
/* globals WorkerGlobalScope, DedicatedWorkerGlobalScope, SharedWorkerGlobalScope, ServiceWorkerGlobalScope */

const isBrowser = globalThis.window?.document !== undefined;

const isNode = globalThis.process?.versions?.node !== undefined;

const isBun = globalThis.process?.versions?.bun !== undefined;

const isDeno = globalThis.Deno?.version?.deno !== undefined;

const isElectron = globalThis.process?.versions?.electron !== undefined;

const isJsDom = globalThis.navigator?.userAgent?.includes('jsdom') === true;

const isWebWorker = typeof WorkerGlobalScope !== 'undefined' && globalThis instanceof WorkerGlobalScope;

const isDedicatedWorker = typeof DedicatedWorkerGlobalScope !== 'undefined' && globalThis instanceof DedicatedWorkerGlobalScope;

const isSharedWorker = typeof SharedWorkerGlobalScope !== 'undefined' && globalThis instanceof SharedWorkerGlobalScope;

const isServiceWorker = typeof ServiceWorkerGlobalScope !== 'undefined' && globalThis instanceof ServiceWorkerGlobalScope;

// Note: I'm intentionally not DRYing up the other variables to keep them "lazy".
const platform = globalThis.navigator?.userAgentData?.platform;

const isMacOs = platform === 'macOS'
	|| globalThis.navigator?.platform === 'MacIntel' // Even on Apple silicon Macs.
	|| globalThis.navigator?.userAgent?.includes(' Mac ') === true
	|| globalThis.process?.platform === 'darwin';

const isWindows = platform === 'Windows'
	|| globalThis.navigator?.platform === 'Win32'
	|| globalThis.process?.platform === 'win32';

const isLinux = platform === 'Linux'
	|| globalThis.navigator?.platform?.startsWith('Linux') === true
	|| globalThis.navigator?.userAgent?.includes(' Linux ') === true
	|| globalThis.process?.platform === 'linux';

const isIos = platform === 'iOS'
	|| (globalThis.navigator?.platform === 'MacIntel' && globalThis.navigator?.maxTouchPoints > 1)
	|| /iPad|iPhone|iPod/.test(globalThis.navigator?.platform);

const isAndroid = platform === 'Android'
	|| globalThis.navigator?.platform === 'Android'
	|| globalThis.navigator?.userAgent?.includes(' Android ') === true
	|| globalThis.process?.platform === 'android';

;// CONCATENATED MODULE: ../../work/main/node_modules/log-update/node_modules/ansi-escapes/base.js




const ESC = '\u001B[';
const OSC = '\u001B]';
const BEL = '\u0007';
const SEP = ';';

const isTerminalApp = !isBrowser && external_node_process_.env.TERM_PROGRAM === 'Apple_Terminal';
const base_isWindows = !isBrowser && external_node_process_.platform === 'win32';
const isTmux = !isBrowser && (external_node_process_.env.TERM?.startsWith('screen') || external_node_process_.env.TERM?.startsWith('tmux') || external_node_process_.env.TMUX !== undefined);

const cwdFunction = isBrowser ? () => {
	throw new Error('`process.cwd()` only works in Node.js, not the browser.');
} : external_node_process_.cwd;

const wrapOsc = sequence => {
	if (isTmux) {
		// Tmux requires OSC sequences to be wrapped with DCS tmux; <sequence> ST
		// and all ESCs in <sequence> to be replaced with ESC ESC.
		// It only accepts ESC backslash for ST.
		return '\u001BPtmux;' + sequence.replaceAll('\u001B', '\u001B\u001B') + '\u001B\\';
	}

	return sequence;
};

const cursorTo = (x, y) => {
	if (typeof x !== 'number') {
		throw new TypeError('The `x` argument is required');
	}

	if (typeof y !== 'number') {
		return ESC + (x + 1) + 'G';
	}

	return ESC + (y + 1) + SEP + (x + 1) + 'H';
};

const cursorMove = (x, y) => {
	if (typeof x !== 'number') {
		throw new TypeError('The `x` argument is required');
	}

	let returnValue = '';

	if (x < 0) {
		returnValue += ESC + (-x) + 'D';
	} else if (x > 0) {
		returnValue += ESC + x + 'C';
	}

	if (y < 0) {
		returnValue += ESC + (-y) + 'A';
	} else if (y > 0) {
		returnValue += ESC + y + 'B';
	}

	return returnValue;
};

const cursorUp = (count = 1) => ESC + count + 'A';
const cursorDown = (count = 1) => ESC + count + 'B';
const cursorForward = (count = 1) => ESC + count + 'C';
const cursorBackward = (count = 1) => ESC + count + 'D';

const cursorLeft = ESC + 'G';
const cursorSavePosition = isTerminalApp ? '\u001B7' : ESC + 's';
const cursorRestorePosition = isTerminalApp ? '\u001B8' : ESC + 'u';
const cursorGetPosition = ESC + '6n';
const cursorNextLine = ESC + 'E';
const cursorPrevLine = ESC + 'F';
const cursorHide = ESC + '?25l';
const cursorShow = ESC + '?25h';

const eraseLines = count => {
	let clear = '';

	for (let i = 0; i < count; i++) {
		clear += eraseLine + (i < count - 1 ? cursorUp() : '');
	}

	if (count) {
		clear += cursorLeft;
	}

	return clear;
};

const eraseEndLine = ESC + 'K';
const eraseStartLine = ESC + '1K';
const eraseLine = ESC + '2K';
const eraseDown = ESC + 'J';
const eraseUp = ESC + '1J';
const eraseScreen = ESC + '2J';
const scrollUp = ESC + 'S';
const scrollDown = ESC + 'T';

const clearScreen = '\u001Bc';

const clearViewport = (/* unused pure expression or super */ null && (`${eraseScreen}${ESC}H`));

const isOldWindows = () => {
	if (isBrowser || !base_isWindows) {
		return false;
	}

	const parts = external_node_os_namespaceObject.release().split('.');
	const major = Number(parts[0]);
	const build = Number(parts[2] ?? 0);

	if (major < 10) {
		return true;
	}

	if (major === 10 && build < 10_586) {
		return true;
	}

	return false;
};

const clearTerminal = isOldWindows()
	? `${eraseScreen}${ESC}0f`
	// 1. Erases the screen (Only done in case `2` is not supported)
	// 2. Erases the whole screen including scrollback buffer
	// 3. Moves cursor to the top-left position
	// More info: https://www.real-world-systems.com/docs/ANSIcode.html
	: `${eraseScreen}${ESC}3J${ESC}H`;

const enterAlternativeScreen = ESC + '?1049h';
const exitAlternativeScreen = ESC + '?1049l';

const beginSynchronizedOutput = ESC + '?2026h';
const endSynchronizedOutput = ESC + '?2026l';
const synchronizedOutput = text => beginSynchronizedOutput + text + endSynchronizedOutput;

const beep = (/* unused pure expression or super */ null && (BEL));

const base_link = (text, url) => {
	const openLink = wrapOsc(`${OSC}8${SEP}${SEP}${url}${BEL}`);
	const closeLink = wrapOsc(`${OSC}8${SEP}${SEP}${BEL}`);
	return openLink + text + closeLink;
};

const base_image = (data, options = {}) => {
	let returnValue = `${OSC}1337;File=inline=1`;

	if (options.width) {
		returnValue += `;width=${options.width}`;
	}

	if (options.height) {
		returnValue += `;height=${options.height}`;
	}

	if (options.preserveAspectRatio === false) {
		returnValue += ';preserveAspectRatio=0';
	}

	const imageBuffer = Buffer.from(data);

	// `size` is optional in the spec, but xterm.js requires it.
	return wrapOsc(returnValue + `;size=${imageBuffer.byteLength}` + ':' + imageBuffer.toString('base64') + BEL);
};

const iTerm = {
	setCwd: (cwd = cwdFunction()) => wrapOsc(`${OSC}50;CurrentDir=${cwd}${BEL}`),

	annotation(message, options = {}) {
		let returnValue = `${OSC}1337;`;

		const hasX = options.x !== undefined;
		const hasY = options.y !== undefined;
		if ((hasX || hasY) && !(hasX && hasY && options.length !== undefined)) {
			throw new Error('`x`, `y` and `length` must be defined when `x` or `y` is defined');
		}

		message = message.replaceAll('|', '');

		returnValue += options.isHidden ? 'AddHiddenAnnotation=' : 'AddAnnotation=';

		if (options.length > 0) {
			returnValue += (
				hasX
					? [message, options.length, options.x, options.y]
					: [options.length, message]
			).join('|');
		} else {
			returnValue += message;
		}

		return wrapOsc(returnValue + BEL);
	},
};

const ConEmu = {
	setCwd: (cwd = cwdFunction()) => wrapOsc(`${OSC}9;9;${cwd}${BEL}`),
};

const setCwd = (cwd = cwdFunction()) => iTerm.setCwd(cwd) + ConEmu.setCwd(cwd);

;// CONCATENATED MODULE: ../../work/main/node_modules/mimic-function/index.js
const copyProperty = (to, from, property, ignoreNonConfigurable) => {
	// `Function#length` should reflect the parameters of `to` not `from` since we keep its body.
	// `Function#prototype` is non-writable and non-configurable so can never be modified.
	if (property === 'length' || property === 'prototype') {
		return;
	}

	// `Function#arguments` and `Function#caller` should not be copied. They were reported to be present in `Reflect.ownKeys` for some devices in React Native (#41), so we explicitly ignore them here.
	if (property === 'arguments' || property === 'caller') {
		return;
	}

	const toDescriptor = Object.getOwnPropertyDescriptor(to, property);
	const fromDescriptor = Object.getOwnPropertyDescriptor(from, property);

	if (!canCopyProperty(toDescriptor, fromDescriptor) && ignoreNonConfigurable) {
		return;
	}

	Object.defineProperty(to, property, fromDescriptor);
};

// `Object.defineProperty()` throws if the property exists, is not configurable and either:
// - one its descriptors is changed
// - it is non-writable and its value is changed
const canCopyProperty = function (toDescriptor, fromDescriptor) {
	return toDescriptor === undefined || toDescriptor.configurable || (
		toDescriptor.writable === fromDescriptor.writable
		&& toDescriptor.enumerable === fromDescriptor.enumerable
		&& toDescriptor.configurable === fromDescriptor.configurable
		&& (toDescriptor.writable || toDescriptor.value === fromDescriptor.value)
	);
};

const changePrototype = (to, from) => {
	const fromPrototype = Object.getPrototypeOf(from);
	if (fromPrototype === Object.getPrototypeOf(to)) {
		return;
	}

	Object.setPrototypeOf(to, fromPrototype);
};

const wrappedToString = (withName, fromBody) => `/* Wrapped ${withName}*/\n${fromBody}`;

const toStringDescriptor = Object.getOwnPropertyDescriptor(Function.prototype, 'toString');
const toStringName = Object.getOwnPropertyDescriptor(Function.prototype.toString, 'name');

// We call `from.toString()` early (not lazily) to ensure `from` can be garbage collected.
// We use `bind()` instead of a closure for the same reason.
// Calling `from.toString()` early also allows caching it in case `to.toString()` is called several times.
const changeToString = (to, from, name) => {
	const withName = name === '' ? '' : `with ${name.trim()}() `;
	const newToString = wrappedToString.bind(null, withName, from.toString());
	// Ensure `to.toString.toString` is non-enumerable and has the same `same`
	Object.defineProperty(newToString, 'name', toStringName);
	const {writable, enumerable, configurable} = toStringDescriptor; // We destructue to avoid a potential `get` descriptor.
	Object.defineProperty(to, 'toString', {value: newToString, writable, enumerable, configurable});
};

function mimicFunction(to, from, {ignoreNonConfigurable = false} = {}) {
	const {name} = to;

	for (const property of Reflect.ownKeys(from)) {
		copyProperty(to, from, property, ignoreNonConfigurable);
	}

	changePrototype(to, from);
	changeToString(to, from, name);

	return to;
}

;// CONCATENATED MODULE: ../../work/main/node_modules/restore-cursor/node_modules/onetime/index.js


const calledFunctions = new WeakMap();

const onetime = (function_, options = {}) => {
	if (typeof function_ !== 'function') {
		throw new TypeError('Expected a function');
	}

	let returnValue;
	let callCount = 0;
	const functionName = function_.displayName || function_.name || '<anonymous>';

	const onetime = function (...arguments_) {
		calledFunctions.set(onetime, ++callCount);

		if (callCount === 1) {
			returnValue = function_.apply(this, arguments_);
			function_ = undefined;
		} else if (options.throw === true) {
			throw new Error(`Function \`${functionName}\` can only be called once`);
		}

		return returnValue;
	};

	mimicFunction(onetime, function_);
	calledFunctions.set(onetime, callCount);

	return onetime;
};

onetime.callCount = function_ => {
	if (!calledFunctions.has(function_)) {
		throw new Error(`The given function \`${function_.name}\` is not wrapped by the \`onetime\` package`);
	}

	return calledFunctions.get(function_);
};

/* harmony default export */ const node_modules_onetime = (onetime);

;// CONCATENATED MODULE: ../../work/main/node_modules/signal-exit/dist/mjs/signals.js
/**
 * This is not the set of all possible signals.
 *
 * It IS, however, the set of all signals that trigger
 * an exit on either Linux or BSD systems.  Linux is a
 * superset of the signal names supported on BSD, and
 * the unknown signals just fail to register, so we can
 * catch that easily enough.
 *
 * Windows signals are a different set, since there are
 * signals that terminate Windows processes, but don't
 * terminate (or don't even exist) on Posix systems.
 *
 * Don't bother with SIGKILL.  It's uncatchable, which
 * means that we can't fire any callbacks anyway.
 *
 * If a user does happen to register a handler on a non-
 * fatal signal like SIGWINCH or something, and then
 * exit, it'll end up firing `process.emit('exit')`, so
 * the handler will be fired anyway.
 *
 * SIGBUS, SIGFPE, SIGSEGV and SIGILL, when not raised
 * artificially, inherently leave the process in a
 * state from which it is not safe to try and enter JS
 * listeners.
 */
const signals = [];
signals.push('SIGHUP', 'SIGINT', 'SIGTERM');
if (process.platform !== 'win32') {
    signals.push('SIGALRM', 'SIGABRT', 'SIGVTALRM', 'SIGXCPU', 'SIGXFSZ', 'SIGUSR2', 'SIGTRAP', 'SIGSYS', 'SIGQUIT', 'SIGIOT'
    // should detect profiler and enable/disable accordingly.
    // see #21
    // 'SIGPROF'
    );
}
if (process.platform === 'linux') {
    signals.push('SIGIO', 'SIGPOLL', 'SIGPWR', 'SIGSTKFLT');
}
//# sourceMappingURL=signals.js.map
;// CONCATENATED MODULE: ../../work/main/node_modules/signal-exit/dist/mjs/index.js
// Note: since nyc uses this module to output coverage, any lines
// that are in the direct sync flow of nyc's outputCoverage are
// ignored, since we can never get coverage for them.
// grab a reference to node's real process object right away


const processOk = (process) => !!process &&
    typeof process === 'object' &&
    typeof process.removeListener === 'function' &&
    typeof process.emit === 'function' &&
    typeof process.reallyExit === 'function' &&
    typeof process.listeners === 'function' &&
    typeof process.kill === 'function' &&
    typeof process.pid === 'number' &&
    typeof process.on === 'function';
const kExitEmitter = Symbol.for('signal-exit emitter');
const global = globalThis;
const ObjectDefineProperty = Object.defineProperty.bind(Object);
// teeny special purpose ee
class Emitter {
    emitted = {
        afterExit: false,
        exit: false,
    };
    listeners = {
        afterExit: [],
        exit: [],
    };
    count = 0;
    id = Math.random();
    constructor() {
        if (global[kExitEmitter]) {
            return global[kExitEmitter];
        }
        ObjectDefineProperty(global, kExitEmitter, {
            value: this,
            writable: false,
            enumerable: false,
            configurable: false,
        });
    }
    on(ev, fn) {
        this.listeners[ev].push(fn);
    }
    removeListener(ev, fn) {
        const list = this.listeners[ev];
        const i = list.indexOf(fn);
        /* c8 ignore start */
        if (i === -1) {
            return;
        }
        /* c8 ignore stop */
        if (i === 0 && list.length === 1) {
            list.length = 0;
        }
        else {
            list.splice(i, 1);
        }
    }
    emit(ev, code, signal) {
        if (this.emitted[ev]) {
            return false;
        }
        this.emitted[ev] = true;
        let ret = false;
        for (const fn of this.listeners[ev]) {
            ret = fn(code, signal) === true || ret;
        }
        if (ev === 'exit') {
            ret = this.emit('afterExit', code, signal) || ret;
        }
        return ret;
    }
}
class SignalExitBase {
}
const signalExitWrap = (handler) => {
    return {
        onExit(cb, opts) {
            return handler.onExit(cb, opts);
        },
        load() {
            return handler.load();
        },
        unload() {
            return handler.unload();
        },
    };
};
class SignalExitFallback extends SignalExitBase {
    onExit() {
        return () => { };
    }
    load() { }
    unload() { }
}
class SignalExit extends SignalExitBase {
    // "SIGHUP" throws an `ENOSYS` error on Windows,
    // so use a supported signal instead
    /* c8 ignore start */
    #hupSig = mjs_process.platform === 'win32' ? 'SIGINT' : 'SIGHUP';
    /* c8 ignore stop */
    #emitter = new Emitter();
    #process;
    #originalProcessEmit;
    #originalProcessReallyExit;
    #sigListeners = {};
    #loaded = false;
    constructor(process) {
        super();
        this.#process = process;
        // { <signal>: <listener fn>, ... }
        this.#sigListeners = {};
        for (const sig of signals) {
            this.#sigListeners[sig] = () => {
                // If there are no other listeners, an exit is coming!
                // Simplest way: remove us and then re-send the signal.
                // We know that this will kill the process, so we can
                // safely emit now.
                const listeners = this.#process.listeners(sig);
                let { count } = this.#emitter;
                // This is a workaround for the fact that signal-exit v3 and signal
                // exit v4 are not aware of each other, and each will attempt to let
                // the other handle it, so neither of them do. To correct this, we
                // detect if we're the only handler *except* for previous versions
                // of signal-exit, and increment by the count of listeners it has
                // created.
                /* c8 ignore start */
                const p = process;
                if (typeof p.__signal_exit_emitter__ === 'object' &&
                    typeof p.__signal_exit_emitter__.count === 'number') {
                    count += p.__signal_exit_emitter__.count;
                }
                /* c8 ignore stop */
                if (listeners.length === count) {
                    this.unload();
                    const ret = this.#emitter.emit('exit', null, sig);
                    /* c8 ignore start */
                    const s = sig === 'SIGHUP' ? this.#hupSig : sig;
                    if (!ret)
                        process.kill(process.pid, s);
                    /* c8 ignore stop */
                }
            };
        }
        this.#originalProcessReallyExit = process.reallyExit;
        this.#originalProcessEmit = process.emit;
    }
    onExit(cb, opts) {
        /* c8 ignore start */
        if (!processOk(this.#process)) {
            return () => { };
        }
        /* c8 ignore stop */
        if (this.#loaded === false) {
            this.load();
        }
        const ev = opts?.alwaysLast ? 'afterExit' : 'exit';
        this.#emitter.on(ev, cb);
        return () => {
            this.#emitter.removeListener(ev, cb);
            if (this.#emitter.listeners['exit'].length === 0 &&
                this.#emitter.listeners['afterExit'].length === 0) {
                this.unload();
            }
        };
    }
    load() {
        if (this.#loaded) {
            return;
        }
        this.#loaded = true;
        // This is the number of onSignalExit's that are in play.
        // It's important so that we can count the correct number of
        // listeners on signals, and don't wait for the other one to
        // handle it instead of us.
        this.#emitter.count += 1;
        for (const sig of signals) {
            try {
                const fn = this.#sigListeners[sig];
                if (fn)
                    this.#process.on(sig, fn);
            }
            catch (_) { }
        }
        this.#process.emit = (ev, ...a) => {
            return this.#processEmit(ev, ...a);
        };
        this.#process.reallyExit = (code) => {
            return this.#processReallyExit(code);
        };
    }
    unload() {
        if (!this.#loaded) {
            return;
        }
        this.#loaded = false;
        signals.forEach(sig => {
            const listener = this.#sigListeners[sig];
            /* c8 ignore start */
            if (!listener) {
                throw new Error('Listener not defined for signal: ' + sig);
            }
            /* c8 ignore stop */
            try {
                this.#process.removeListener(sig, listener);
                /* c8 ignore start */
            }
            catch (_) { }
            /* c8 ignore stop */
        });
        this.#process.emit = this.#originalProcessEmit;
        this.#process.reallyExit = this.#originalProcessReallyExit;
        this.#emitter.count -= 1;
    }
    #processReallyExit(code) {
        /* c8 ignore start */
        if (!processOk(this.#process)) {
            return 0;
        }
        this.#process.exitCode = code || 0;
        /* c8 ignore stop */
        this.#emitter.emit('exit', this.#process.exitCode, null);
        return this.#originalProcessReallyExit.call(this.#process, this.#process.exitCode);
    }
    #processEmit(ev, ...args) {
        const og = this.#originalProcessEmit;
        if (ev === 'exit' && processOk(this.#process)) {
            if (typeof args[0] === 'number') {
                this.#process.exitCode = args[0];
                /* c8 ignore start */
            }
            /* c8 ignore start */
            const ret = og.call(this.#process, ev, ...args);
            /* c8 ignore start */
            this.#emitter.emit('exit', this.#process.exitCode, null);
            /* c8 ignore stop */
            return ret;
        }
        else {
            return og.call(this.#process, ev, ...args);
        }
    }
}
const mjs_process = globalThis.process;
// wrap so that we call the method on the actual handler, without
// exporting it directly.
const { 
/**
 * Called when the process is exiting, whether via signal, explicit
 * exit, or running out of stuff to do.
 *
 * If the global process object is not suitable for instrumentation,
 * then this will be a no-op.
 *
 * Returns a function that may be used to unload signal-exit.
 */
onExit, 
/**
 * Load the listeners.  Likely you never need to call this, unless
 * doing a rather deep integration with signal-exit functionality.
 * Mostly exposed for the benefit of testing.
 *
 * @internal
 */
load, 
/**
 * Unload the listeners.  Likely you never need to call this, unless
 * doing a rather deep integration with signal-exit functionality.
 * Mostly exposed for the benefit of testing.
 *
 * @internal
 */
unload, } = signalExitWrap(processOk(mjs_process) ? new SignalExit(mjs_process) : new SignalExitFallback());
//# sourceMappingURL=index.js.map
;// CONCATENATED MODULE: ../../work/main/node_modules/restore-cursor/index.js




const terminal = external_node_process_.stderr.isTTY
	? external_node_process_.stderr
	: (external_node_process_.stdout.isTTY ? external_node_process_.stdout : undefined);

const restoreCursor = terminal ? node_modules_onetime(() => {
	onExit(() => {
		terminal.write('\u001B[?25h');
	}, {alwaysLast: true});
}) : () => {};

/* harmony default export */ const restore_cursor = (restoreCursor);

;// CONCATENATED MODULE: ../../work/main/node_modules/cli-cursor/index.js



let isHidden = false;

const cliCursor = {};

cliCursor.show = (writableStream = external_node_process_.stderr) => {
	if (!writableStream.isTTY) {
		return;
	}

	isHidden = false;
	writableStream.write('\u001B[?25h');
};

cliCursor.hide = (writableStream = external_node_process_.stderr) => {
	if (!writableStream.isTTY) {
		return;
	}

	restore_cursor();
	isHidden = true;
	writableStream.write('\u001B[?25l');
};

cliCursor.toggle = (force, writableStream) => {
	if (force !== undefined) {
		isHidden = force;
	}

	if (isHidden) {
		cliCursor.show(writableStream);
	} else {
		cliCursor.hide(writableStream);
	}
};

/* harmony default export */ const cli_cursor = (cliCursor);

;// CONCATENATED MODULE: ../../work/main/node_modules/ansi-regex/index.js
// Valid string terminator sequences are ESC\ and 0x9c; OSC also accepts BEL.
const ST = String.raw`(?:\u001B\u005C|\u009C)`;

// OSC sequences only: ESC ] ... BEL/ST (or the C1 introducer 0x9d ... BEL/ST).
// Payloads stop at terminators, cancellations, and C1 controls. An unterminated string cannot swallow the next sequence or repeatedly scan its payload from later introducers. Terminals likewise abort a control string on an unexpected ESC.
const stringControls = String.raw`\u0018\u001A\u001B\u0080-\u009F`;
const osc = String.raw`(?:\u001B\]|\u009D)[^\u0007${stringControls}]*(?:\u0007|${ST})`;

// DCS, SOS, PM, APC, and screen window titles have opaque payloads terminated by ST. Nested ESC payloads, such as tmux passthrough, require a parser.
const controlString = String.raw`(?:\u001B[PX^_k]|[\u0090\u0098\u009E\u009F])[^${stringControls}]*${ST}`;

// Linux console palette controls have fixed lengths and no string terminator; iTerm2 terminates its palette assignments. Consume an immediately adjacent OSC terminator, but match these controls before OSC so a later BEL cannot consume visible text.
const linuxPalette = String.raw`\u001B\](?:P[\dA-Fa-f]{7}|R)(?:\u0007|${ST})?`;

// CSI: ESC [ or C1 CSI, parameter bytes (0x30–0x3f), intermediate bytes (0x20–0x2f), then a final byte (0x40–0x7e).
// `= < >` are final bytes in two-byte VT52 escapes (`ESC >`) but parameter bytes in a CSI (`ESC [ > 0 ; 276 ; 0 c`, the device attributes reply). Match CSI first to consume the whole sequence, where its introducer makes the two unambiguous.
const csi = String.raw`(?:\u001B\[|\u009B)[\u0030-\u003F]*[\u0020-\u002F]*[\u0040-\u007E]`;

// Related escapes: ESC, intermediate bytes (0x20–0x2f), then a final byte (0x30–0x7e), or a supported two-byte escape.
// The two-byte final class stays narrow so that ESC followed by an arbitrary character is not read as a sequence. CSI parameters belong only to the CSI form, preventing partial matches and avoiding a second scan with nested repetition.
// Escapes whose final byte is a digit include `ESC 7` and `ESC 8` (save and restore cursor), `ESC ( 0` (line drawing character set), and `ESC # 8` (screen alignment).
// A digit is never a CSI final byte. These escapes end immediately at their final byte, so `ESC 7 l` is read as the escape followed by text rather than a sequence with parameter 7 and final byte `l`.
const ansi_regex_escape = String.raw`\u001B(?:[\u0020-\u002F]+[\u0030-\u007E]|[\dA-PR-TZcf-oq-uy=><~|}])`;

const pattern = `${linuxPalette}|${osc}|${controlString}|${csi}|${ansi_regex_escape}`;

function ansiRegex({onlyFirst = false} = {}) {
	return new RegExp(pattern, onlyFirst ? undefined : 'g');
}

;// CONCATENATED MODULE: ../../work/main/node_modules/strip-ansi/index.js


const regex = ansiRegex();

function stripAnsi(string) {
	if (typeof string !== 'string') {
		throw new TypeError(`Expected a \`string\`, got \`${typeof string}\``);
	}

	// Fast path: ANSI codes require ESC (7-bit) or CSI (8-bit) introducer
	if (!string.includes('\u001B') && !string.includes('\u009B')) {
		return string;
	}

	// Even though the regex is global, we don't need to reset the `.lastIndex`
	// because unlike `.exec()` and `.test()`, `.replace()` does it automatically
	// and doing it manually has a performance penalty.
	return string.replace(regex, '');
}

;// CONCATENATED MODULE: ../../work/main/node_modules/get-east-asian-width/lookup-data.js
// Generated by scripts/build.js

const ambiguousMinimalCodePoint = 161;
const ambiguousMaximumCodePoint = 1114109;
const ambiguousRanges = [161, 161, 164, 164, 167, 168, 170, 170, 173, 174, 176, 180, 182, 186, 188, 191, 198, 198, 208, 208, 215, 216, 222, 225, 230, 230, 232, 234, 236, 237, 240, 240, 242, 243, 247, 250, 252, 252, 254, 254, 257, 257, 273, 273, 275, 275, 283, 283, 294, 295, 299, 299, 305, 307, 312, 312, 319, 322, 324, 324, 328, 331, 333, 333, 338, 339, 358, 359, 363, 363, 462, 462, 464, 464, 466, 466, 468, 468, 470, 470, 472, 472, 474, 474, 476, 476, 593, 593, 609, 609, 708, 708, 711, 711, 713, 715, 717, 717, 720, 720, 728, 731, 733, 733, 735, 735, 768, 879, 913, 929, 931, 937, 945, 961, 963, 969, 1025, 1025, 1040, 1103, 1105, 1105, 8208, 8208, 8211, 8214, 8216, 8217, 8220, 8221, 8224, 8226, 8228, 8231, 8240, 8240, 8242, 8243, 8245, 8245, 8251, 8251, 8254, 8254, 8308, 8308, 8319, 8319, 8321, 8324, 8364, 8364, 8451, 8451, 8453, 8453, 8457, 8457, 8467, 8467, 8470, 8470, 8481, 8482, 8486, 8486, 8491, 8491, 8531, 8532, 8539, 8542, 8544, 8555, 8560, 8569, 8585, 8585, 8592, 8601, 8632, 8633, 8658, 8658, 8660, 8660, 8679, 8679, 8704, 8704, 8706, 8707, 8711, 8712, 8715, 8715, 8719, 8719, 8721, 8721, 8725, 8725, 8730, 8730, 8733, 8736, 8739, 8739, 8741, 8741, 8743, 8748, 8750, 8750, 8756, 8759, 8764, 8765, 8776, 8776, 8780, 8780, 8786, 8786, 8800, 8801, 8804, 8807, 8810, 8811, 8814, 8815, 8834, 8835, 8838, 8839, 8853, 8853, 8857, 8857, 8869, 8869, 8895, 8895, 8978, 8978, 9312, 9449, 9451, 9547, 9552, 9587, 9600, 9615, 9618, 9621, 9632, 9633, 9635, 9641, 9650, 9651, 9654, 9655, 9660, 9661, 9664, 9665, 9670, 9672, 9675, 9675, 9678, 9681, 9698, 9701, 9711, 9711, 9733, 9734, 9737, 9737, 9742, 9743, 9756, 9756, 9758, 9758, 9792, 9792, 9794, 9794, 9824, 9825, 9827, 9829, 9831, 9834, 9836, 9837, 9839, 9839, 9886, 9887, 9919, 9919, 9926, 9933, 9935, 9939, 9941, 9953, 9955, 9955, 9960, 9961, 9963, 9969, 9972, 9972, 9974, 9977, 9979, 9980, 9982, 9983, 10045, 10045, 10102, 10111, 11094, 11097, 12872, 12879, 57344, 63743, 65024, 65039, 65533, 65533, 127232, 127242, 127248, 127277, 127280, 127337, 127344, 127373, 127375, 127376, 127387, 127404, 917760, 917999, 983040, 1048573, 1048576, 1114109];

const fullwidthMinimalCodePoint = 12288;
const fullwidthMaximumCodePoint = 65510;
const fullwidthRanges = [12288, 12288, 65281, 65376, 65504, 65510];

const lookup_data_halfwidthMinimalCodePoint = 8361;
const lookup_data_halfwidthMaximumCodePoint = 65518;
const lookup_data_halfwidthRanges = (/* unused pure expression or super */ null && ([8361, 8361, 65377, 65470, 65474, 65479, 65482, 65487, 65490, 65495, 65498, 65500, 65512, 65518]));

const lookup_data_narrowMinimalCodePoint = 32;
const lookup_data_narrowMaximumCodePoint = 10630;
const lookup_data_narrowRanges = (/* unused pure expression or super */ null && ([32, 126, 162, 163, 165, 166, 172, 172, 175, 175, 10214, 10221, 10629, 10630]));

const wideMinimalCodePoint = 4352;
const wideMaximumCodePoint = 262141;
const wideRanges = [4352, 4447, 8986, 8987, 9001, 9002, 9193, 9196, 9200, 9200, 9203, 9203, 9725, 9726, 9748, 9749, 9776, 9783, 9800, 9811, 9855, 9855, 9866, 9871, 9875, 9875, 9889, 9889, 9898, 9899, 9917, 9918, 9924, 9925, 9934, 9934, 9940, 9940, 9962, 9962, 9970, 9971, 9973, 9973, 9978, 9978, 9981, 9981, 9989, 9989, 9994, 9995, 10024, 10024, 10060, 10060, 10062, 10062, 10067, 10069, 10071, 10071, 10133, 10135, 10160, 10160, 10175, 10175, 11035, 11036, 11088, 11088, 11093, 11093, 11904, 11929, 11931, 12019, 12032, 12245, 12272, 12287, 12289, 12350, 12353, 12438, 12441, 12543, 12549, 12591, 12593, 12686, 12688, 12773, 12783, 12830, 12832, 12871, 12880, 42124, 42128, 42182, 43360, 43388, 44032, 55203, 63744, 64255, 65040, 65049, 65072, 65106, 65108, 65126, 65128, 65131, 94176, 94180, 94192, 94198, 94208, 101594, 101631, 101664, 101760, 101874, 101888, 102801, 102816, 102866, 110576, 110579, 110581, 110587, 110589, 110590, 110592, 110888, 110898, 110898, 110928, 110930, 110933, 110933, 110948, 110952, 110960, 111355, 119552, 119638, 119648, 119670, 126980, 126980, 127183, 127183, 127374, 127374, 127377, 127386, 127406, 127406, 127488, 127490, 127504, 127547, 127552, 127560, 127568, 127569, 127584, 127589, 127744, 127776, 127789, 127797, 127799, 127868, 127870, 127891, 127904, 127946, 127951, 127955, 127968, 127984, 127988, 127988, 127992, 128062, 128064, 128064, 128066, 128252, 128255, 128317, 128331, 128334, 128336, 128359, 128378, 128378, 128405, 128406, 128420, 128420, 128507, 128591, 128640, 128709, 128716, 128716, 128720, 128722, 128725, 128729, 128732, 128735, 128747, 128748, 128756, 128764, 128986, 128986, 128992, 129003, 129008, 129008, 129292, 129338, 129340, 129349, 129351, 129535, 129648, 129660, 129664, 129734, 129736, 129736, 129740, 129757, 129759, 129771, 129775, 129786, 131072, 196605, 196608, 262141];

;// CONCATENATED MODULE: ../../work/main/node_modules/get-east-asian-width/utilities.js
/**
Binary search on a sorted flat array of [start, end] pairs.

@param {number[]} ranges - Flat array of inclusive [start, end] range pairs, e.g. [0, 5, 10, 20].
@param {number} codePoint - The value to search for.
@returns {boolean} Whether the value falls within any of the ranges.
*/
const utilities_isInRange = (ranges, codePoint) => {
	let low = 0;
	let high = Math.floor(ranges.length / 2) - 1;
	while (low <= high) {
		const mid = Math.floor((low + high) / 2);
		const i = mid * 2;
		if (codePoint < ranges[i]) {
			high = mid - 1;
		} else if (codePoint > ranges[i + 1]) {
			low = mid + 1;
		} else {
			return true;
		}
	}

	return false;
};

;// CONCATENATED MODULE: ../../work/main/node_modules/get-east-asian-width/lookup.js



const commonCjkCodePoint = 0x4E_00;
const [wideFastPathStart, wideFastPathEnd] = /* #__PURE__ */ findWideFastPathRange(wideRanges);

// Use a hot-path range so common `isWide` calls can skip binary search.
// The range containing U+4E00 covers common CJK ideographs;
// fallback to the largest range for resilience to Unicode table changes.
function findWideFastPathRange(ranges) {
	let fastPathStart = ranges[0];
	let fastPathEnd = ranges[1];

	for (let index = 0; index < ranges.length; index += 2) {
		const start = ranges[index];
		const end = ranges[index + 1];

		if (
			commonCjkCodePoint >= start
			&& commonCjkCodePoint <= end
		) {
			return [start, end];
		}

		if ((end - start) > (fastPathEnd - fastPathStart)) {
			fastPathStart = start;
			fastPathEnd = end;
		}
	}

	return [fastPathStart, fastPathEnd];
}

const isAmbiguous = codePoint => {
	if (
		codePoint < ambiguousMinimalCodePoint
		|| codePoint > ambiguousMaximumCodePoint
	) {
		return false;
	}

	return utilities_isInRange(ambiguousRanges, codePoint);
};

const isFullwidth = codePoint => {
	if (
		codePoint < fullwidthMinimalCodePoint
		|| codePoint > fullwidthMaximumCodePoint
	) {
		return false;
	}

	return utilities_isInRange(fullwidthRanges, codePoint);
};

const isHalfwidth = codePoint => {
	if (
		codePoint < halfwidthMinimalCodePoint
		|| codePoint > halfwidthMaximumCodePoint
	) {
		return false;
	}

	return isInRange(halfwidthRanges, codePoint);
};

const isNarrow = codePoint => {
	if (
		codePoint < narrowMinimalCodePoint
		|| codePoint > narrowMaximumCodePoint
	) {
		return false;
	}

	return isInRange(narrowRanges, codePoint);
};

const isWide = codePoint => {
	if (
		codePoint >= wideFastPathStart
		&& codePoint <= wideFastPathEnd
	) {
		return true;
	}

	if (
		codePoint < wideMinimalCodePoint
		|| codePoint > wideMaximumCodePoint
	) {
		return false;
	}

	return utilities_isInRange(wideRanges, codePoint);
};

function lookup_getCategory(codePoint) {
	if (isAmbiguous(codePoint)) {
		return 'ambiguous';
	}

	if (isFullwidth(codePoint)) {
		return 'fullwidth';
	}

	if (isHalfwidth(codePoint)) {
		return 'halfwidth';
	}

	if (isNarrow(codePoint)) {
		return 'narrow';
	}

	if (isWide(codePoint)) {
		return 'wide';
	}

	return 'neutral';
}

;// CONCATENATED MODULE: ../../work/main/node_modules/get-east-asian-width/index.js


function validate(codePoint) {
	if (!Number.isSafeInteger(codePoint)) {
		throw new TypeError(`Expected a code point, got \`${typeof codePoint}\`.`);
	}
}

function eastAsianWidthType(codePoint) {
	validate(codePoint);

	return getCategory(codePoint);
}

function eastAsianWidth(codePoint, {ambiguousAsWide = false} = {}) {
	validate(codePoint);

	if (
		isFullwidth(codePoint)
		|| isWide(codePoint)
		|| (ambiguousAsWide && isAmbiguous(codePoint))
	) {
		return 2;
	}

	return 1;
}

// Private exports for https://github.com/sindresorhus/is-fullwidth-code-point


;// CONCATENATED MODULE: ../../work/main/node_modules/log-update/node_modules/string-width/index.js



/**
Logic:
- Segment graphemes to match how terminals render clusters.
- Width rules:
	1. Skip non-printing clusters (Default_Ignorable, Control, pure nonspacing/enclosing Mark, lone Surrogates). Tabs are ignored by design.
	2. RGI emoji clusters (\p{RGI_Emoji}) are double-width.
	3. Minimally-qualified/unqualified emoji clusters (ZWJ sequences with 2+ Extended_Pictographic, or keycap sequences) are double-width.
	4. Hangul jamo collapse each standard modern Hangul L+V or L+V+T syllable piece to width 2.
	   Unmatched repeated leading/vowel/trailing jamo stay additive because that matches how the terminals we target render them.
	5. Otherwise use East Asian Width of the cluster's first visible code point, and add widths for trailing spacing marks and Halfwidth/Fullwidth Forms within the same cluster (e.g., dakuten/handakuten/prolonged sound mark).
*/

const segmenter = new Intl.Segmenter();

// Matches a visible (printing) character. Used to find the base scalar of a cluster (skipping leading Prepend/Format/Marks) and to detect whole-cluster zero-width.
// Intentionally a single negated class without a quantifier: a repeated pattern like `^(?:…|…)+$` backtracks exponentially on overlapping properties, and even `^[…]+$` overflows V8's backtrack stack (RangeError) on clusters with millions of marks.
const visibleCharacterRegex = /[^\p{Default_Ignorable_Code_Point}\p{Control}\p{Format}\p{Nonspacing_Mark}\p{Enclosing_Mark}\p{Surrogate}]/v;
const spacingMarkRegex = /\p{Spacing_Mark}/v;

// RGI emoji sequences
const rgiEmojiRegex = /^\p{RGI_Emoji}$/v;

// Detect minimally-qualified/unqualified emoji sequences (missing VS16 but still render as double-width)
const unqualifiedKeycapRegex = /^[\d#*]\u20E3$/;
const extendedPictographicRegex = /\p{Extended_Pictographic}/gu;

function isDoubleWidthNonRgiEmojiSequence(segment) {
	// Real emoji clusters are < 30 chars; guard against pathological input
	if (segment.length > 50) {
		return false;
	}

	if (unqualifiedKeycapRegex.test(segment)) {
		return true;
	}

	// ZWJ sequences with 2+ Extended_Pictographic
	if (segment.includes('\u200D')) {
		const pictographics = segment.match(extendedPictographicRegex);
		return pictographics !== null && pictographics.length >= 2;
	}

	return false;
}

// Returns the cluster starting at its first visible character, or `undefined` if the whole cluster is zero-width.
function baseVisible(segment) {
	const index = segment.search(visibleCharacterRegex);
	return index === -1 ? undefined : segment.slice(index);
}

function isHangulLeadingJamo(codePoint) {
	return (codePoint >= 0x11_00 && codePoint <= 0x11_5F)
		|| (codePoint >= 0xA9_60 && codePoint <= 0xA9_7C);
}

function isHangulVowelJamo(codePoint) {
	return (codePoint >= 0x11_60 && codePoint <= 0x11_A7)
		|| (codePoint >= 0xD7_B0 && codePoint <= 0xD7_C6);
}

function isHangulTrailingJamo(codePoint) {
	return (codePoint >= 0x11_A8 && codePoint <= 0x11_FF)
		|| (codePoint >= 0xD7_CB && codePoint <= 0xD7_FB);
}

function isHangulJamo(codePoint) {
	return isHangulLeadingJamo(codePoint)
		|| isHangulVowelJamo(codePoint)
		|| isHangulTrailingJamo(codePoint);
}

function hangulClusterWidth(visibleSegment, eastAsianWidthOptions) {
	const codePoints = [];

	for (const character of visibleSegment) {
		if (!visibleCharacterRegex.test(character)) {
			continue;
		}

		codePoints.push(character.codePointAt(0));
	}

	if (codePoints.length === 0) {
		return undefined;
	}

	let width = 0;

	for (let index = 0; index < codePoints.length; index++) {
		const codePoint = codePoints[index];
		if (!isHangulJamo(codePoint)) {
			if (width === 0) {
				return undefined;
			}

			// Mixed cluster (e.g., L + precomposed syllable): use EAW for non-jamo remainder
			for (let remaining = index; remaining < codePoints.length; remaining++) {
				width += eastAsianWidth(codePoints[remaining], eastAsianWidthOptions);
			}

			return width;
		}

		// Modern Hangul L+V(+T) shapes as one syllable block. Unmatched jamo stay additive:
		// U+1100 U+1100 U+1161 => U+1100 + (U+1100 U+1161) => 2 + 2.
		if (
			isHangulLeadingJamo(codePoint)
			&& isHangulVowelJamo(codePoints[index + 1])
		) {
			width += 2;
			index += isHangulTrailingJamo(codePoints[index + 2]) ? 2 : 1;
			continue;
		}

		width += eastAsianWidth(codePoint, eastAsianWidthOptions);
	}

	return width;
}

function trailingWidth(visibleSegment, eastAsianWidthOptions) {
	let extra = 0;
	let first = true;

	for (const character of visibleSegment) {
		if (first) {
			first = false;
			continue;
		}

		if (
			spacingMarkRegex.test(character)
			|| (character >= '\uFF00' && character <= '\uFFEF')
		) {
			extra += eastAsianWidth(character.codePointAt(0), eastAsianWidthOptions);
		}
	}

	return extra;
}

function stringWidth(input, options = {}) {
	if (typeof input !== 'string' || input.length === 0) {
		return 0;
	}

	const {
		ambiguousIsNarrow = true,
		countAnsiEscapeCodes = false,
	} = options;

	let string = input;

	// Avoid calling stripAnsi when there are no ANSI escape sequences (ESC = 0x1B, CSI = 0x9B)
	if (!countAnsiEscapeCodes && (string.includes('\u001B') || string.includes('\u009B'))) {
		string = stripAnsi(string);
	}

	if (string.length === 0) {
		return 0;
	}

	// Fast path: printable ASCII (0x20–0x7E) needs no segmenter, regex, or EAW lookup — width equals length.
	if (/^[\u0020-\u007E]*$/.test(string)) {
		return string.length;
	}

	let width = 0;
	const eastAsianWidthOptions = {ambiguousAsWide: !ambiguousIsNarrow};

	for (const {segment} of segmenter.segment(string)) {
		// Zero-width / non-printing clusters
		const visibleSegment = baseVisible(segment);
		if (visibleSegment === undefined) {
			continue;
		}

		// Emoji width logic
		if (rgiEmojiRegex.test(segment) || isDoubleWidthNonRgiEmojiSequence(segment)) {
			width += 2;
			continue;
		}

		const hangulWidth = hangulClusterWidth(visibleSegment, eastAsianWidthOptions);
		if (hangulWidth !== undefined) {
			width += hangulWidth;
			continue;
		}

		// Everything else: EAW of the cluster’s first visible scalar
		const codePoint = visibleSegment.codePointAt(0);
		width += eastAsianWidth(codePoint, eastAsianWidthOptions);

		// Add width for trailing spacing marks and Halfwidth/Fullwidth Forms (e.g., ﾞ, ﾟ, ｰ)
		width += trailingWidth(visibleSegment, eastAsianWidthOptions);
	}

	return width;
}

;// CONCATENATED MODULE: ../../work/main/node_modules/log-update/node_modules/ansi-styles/index.js
const ANSI_BACKGROUND_OFFSET = 10;

const wrapAnsi16 = (offset = 0) => code => `\u001B[${code + offset}m`;

const wrapAnsi256 = (offset = 0) => code => `\u001B[${38 + offset};5;${code}m`;

const wrapAnsi16m = (offset = 0) => (red, green, blue) => `\u001B[${38 + offset};2;${red};${green};${blue}m`;

const styles = {
	modifier: {
		reset: [0, 0],
		// 21 isn't widely supported and 22 does the same thing
		bold: [1, 22],
		dim: [2, 22],
		italic: [3, 23],
		underline: [4, 24],
		overline: [53, 55],
		inverse: [7, 27],
		hidden: [8, 28],
		strikethrough: [9, 29],
	},
	color: {
		black: [30, 39],
		red: [31, 39],
		green: [32, 39],
		yellow: [33, 39],
		blue: [34, 39],
		magenta: [35, 39],
		cyan: [36, 39],
		white: [37, 39],

		// Bright color
		blackBright: [90, 39],
		gray: [90, 39], // Alias of `blackBright`
		grey: [90, 39], // Alias of `blackBright`
		redBright: [91, 39],
		greenBright: [92, 39],
		yellowBright: [93, 39],
		blueBright: [94, 39],
		magentaBright: [95, 39],
		cyanBright: [96, 39],
		whiteBright: [97, 39],
	},
	bgColor: {
		bgBlack: [40, 49],
		bgRed: [41, 49],
		bgGreen: [42, 49],
		bgYellow: [43, 49],
		bgBlue: [44, 49],
		bgMagenta: [45, 49],
		bgCyan: [46, 49],
		bgWhite: [47, 49],

		// Bright color
		bgBlackBright: [100, 49],
		bgGray: [100, 49], // Alias of `bgBlackBright`
		bgGrey: [100, 49], // Alias of `bgBlackBright`
		bgRedBright: [101, 49],
		bgGreenBright: [102, 49],
		bgYellowBright: [103, 49],
		bgBlueBright: [104, 49],
		bgMagentaBright: [105, 49],
		bgCyanBright: [106, 49],
		bgWhiteBright: [107, 49],
	},
};

const modifierNames = Object.keys(styles.modifier);
const foregroundColorNames = Object.keys(styles.color);
const backgroundColorNames = Object.keys(styles.bgColor);
const colorNames = [...foregroundColorNames, ...backgroundColorNames];

function assembleStyles() {
	const codes = new Map();

	for (const [groupName, group] of Object.entries(styles)) {
		for (const [styleName, style] of Object.entries(group)) {
			styles[styleName] = {
				open: `\u001B[${style[0]}m`,
				close: `\u001B[${style[1]}m`,
			};

			group[styleName] = styles[styleName];

			codes.set(style[0], style[1]);
		}

		Object.defineProperty(styles, groupName, {
			value: group,
			enumerable: false,
		});
	}

	Object.defineProperty(styles, 'codes', {
		value: codes,
		enumerable: false,
	});

	styles.color.close = '\u001B[39m';
	styles.bgColor.close = '\u001B[49m';

	styles.color.ansi = wrapAnsi16();
	styles.color.ansi256 = wrapAnsi256();
	styles.color.ansi16m = wrapAnsi16m();
	styles.bgColor.ansi = wrapAnsi16(ANSI_BACKGROUND_OFFSET);
	styles.bgColor.ansi256 = wrapAnsi256(ANSI_BACKGROUND_OFFSET);
	styles.bgColor.ansi16m = wrapAnsi16m(ANSI_BACKGROUND_OFFSET);

	// From https://github.com/Qix-/color-convert/blob/3f0e0d4e92e235796ccb17f6e85c72094a651f49/conversions.js
	Object.defineProperties(styles, {
		rgbToAnsi256: {
			value(red, green, blue) {
				// We use the extended greyscale palette here, with the exception of
				// black and white. normal palette only has 4 greyscale shades.
				if (red === green && green === blue) {
					if (red < 8) {
						return 16;
					}

					if (red > 248) {
						return 231;
					}

					return Math.round(((red - 8) / 247) * 24) + 232;
				}

				return 16
					+ (36 * Math.round(red / 255 * 5))
					+ (6 * Math.round(green / 255 * 5))
					+ Math.round(blue / 255 * 5);
			},
			enumerable: false,
		},
		hexToRgb: {
			value(hex) {
				const matches = /[a-f\d]{6}|[a-f\d]{3}/i.exec(hex.toString(16));
				if (!matches) {
					return [0, 0, 0];
				}

				let [colorString] = matches;

				if (colorString.length === 3) {
					colorString = [...colorString].map(character => character + character).join('');
				}

				const integer = Number.parseInt(colorString, 16);

				return [
					/* eslint-disable no-bitwise */
					(integer >> 16) & 0xFF,
					(integer >> 8) & 0xFF,
					integer & 0xFF,
					/* eslint-enable no-bitwise */
				];
			},
			enumerable: false,
		},
		hexToAnsi256: {
			value: hex => styles.rgbToAnsi256(...styles.hexToRgb(hex)),
			enumerable: false,
		},
		ansi256ToAnsi: {
			value(code) {
				if (code < 8) {
					return 30 + code;
				}

				if (code < 16) {
					return 90 + (code - 8);
				}

				let red;
				let green;
				let blue;

				if (code >= 232) {
					red = (((code - 232) * 10) + 8) / 255;
					green = red;
					blue = red;
				} else {
					code -= 16;

					const remainder = code % 36;

					red = Math.floor(code / 36) / 5;
					green = Math.floor(remainder / 6) / 5;
					blue = (remainder % 6) / 5;
				}

				const value = Math.max(red, green, blue) * 2;

				if (value === 0) {
					return 30;
				}

				// eslint-disable-next-line no-bitwise
				let result = 30 + ((Math.round(blue) << 2) | (Math.round(green) << 1) | Math.round(red));

				if (value === 2) {
					result += 60;
				}

				return result;
			},
			enumerable: false,
		},
		rgbToAnsi: {
			value: (red, green, blue) => styles.ansi256ToAnsi(styles.rgbToAnsi256(red, green, blue)),
			enumerable: false,
		},
		hexToAnsi: {
			value: hex => styles.ansi256ToAnsi(styles.hexToAnsi256(hex)),
			enumerable: false,
		},
	});

	return styles;
}

const ansiStyles = assembleStyles();

/* harmony default export */ const ansi_styles = (ansiStyles);

;// CONCATENATED MODULE: ../../work/main/node_modules/log-update/node_modules/wrap-ansi/index.js



const ANSI_ESCAPE = '\u001B';
const ANSI_ESCAPE_BELL = '\u0007';
const C1_CSI = '\u009B';
const ANSI_CSI = '[';
const ANSI_OSC = ']';
const ANSI_SGR_TERMINATOR = 'm';
const ANSI_SGR_RESET = 0;
const ANSI_SGR_RESET_FOREGROUND = 39;
const ANSI_SGR_RESET_BACKGROUND = 49;
const ANSI_SGR_RESET_UNDERLINE_COLOR = 59;
const ANSI_SGR_FOREGROUND_EXTENDED = 38;
const ANSI_SGR_BACKGROUND_EXTENDED = 48;
const ANSI_SGR_UNDERLINE_COLOR_EXTENDED = 58;
const ANSI_SGR_COLOR_MODE_RGB = 2;
const ANSI_SGR_COLOR_MODE_256 = 5;
const ANSI_ESCAPE_LINK = `${ANSI_OSC}8;`;
// The first character of every sequence we recognize.
const ESCAPES = new Set([
	ANSI_ESCAPE,
	C1_CSI,
]);
const ESCAPE_CHARACTERS = [...ESCAPES].join('');

const CSI_INTRODUCER = `(?:${ANSI_ESCAPE}\\${ANSI_CSI}|${C1_CSI})`;
const CSI_PARAMETERS = '[0-?]*[ -/]*[@-~]';
const SGR_PARAMETERS = `(?<sgr>[0-9;:]*)${ANSI_SGR_TERMINATOR}`;
const OSC_STRING_TERMINATOR = `(?:${ANSI_ESCAPE_BELL}|${ANSI_ESCAPE}\\\\)`;
const OSC_STRING_PAYLOAD = String.raw`[^\u0000-\u001F\u007F-\u009F]*`;
// A hyperlink is `OSC 8 ; parameters ; URI ST`, where `parameters` is a possibly empty list of `key=value` pairs joined by `:`.
const LINK_PARAMETERS = String.raw`8;(?<parameters>[^;\u0000-\u001F\u007F-\u009F]*);(?<uri>${OSC_STRING_PAYLOAD})${OSC_STRING_TERMINATOR}`;
const OSC_STRING = `${OSC_STRING_PAYLOAD}${OSC_STRING_TERMINATOR}`;

// Supported boundary: semicolon-delimited SGR styling, colon-delimited RGB/indexed colors, and OSC 8 hyperlinks are tracked, while ordinary CSI sequences and other complete 7-bit OSC commands are preserved as opaque zero-width units. This is intentionally not a terminal emulator, so other colon-delimited SGR semantics, C0 bytes inside sequences, DCS/SOS/PM/APC control strings, cancellations, generic ESC sequences, and 8-bit control-string forms are unsupported. Newlines always delimit input lines before ANSI parsing.
const ANSI_ESCAPE_REGEX = new RegExp(
	`${CSI_INTRODUCER}(?:${SGR_PARAMETERS}|${CSI_PARAMETERS})`
	+ `|${ANSI_ESCAPE}\\${ANSI_OSC}(?:${LINK_PARAMETERS}|${OSC_STRING})`,
	'y',
);

const ANSI_SGR_MODIFIER_CLOSE_CODES = new Set(ansi_styles.codes.values());
ANSI_SGR_MODIFIER_CLOSE_CODES.delete(ANSI_SGR_RESET);

const wrap_ansi_segmenter = new Intl.Segmenter();
// Complete ANSI sequences have already been removed before measuring these strings. Avoid string-width's ANSI scan so malformed sequences are not rescanned.
const getStringWidth = string => stringWidth(string, {countAnsiEscapeCodes: true});
const TAB_SIZE = 8;

// Finds the next character that could introduce a sequence, so plain text is skipped in one native step.
const ESCAPE_INTRODUCER_REGEX = new RegExp(`[${ESCAPE_CHARACTERS}]`, 'g');
// The final pass only cares about sequences and row boundaries, so it skips everything else in one native step.
const ROW_BOUNDARY_REGEX = new RegExp(`[\\n${ESCAPE_CHARACTERS}]`, 'g');
// Every printable ASCII character is its own grapheme cluster of width one, which lets the segmenter be skipped.
const ASCII_PRINTABLE_REGEX = /^[ -~]*$/;

const wrapAnsiCode = code => `${ANSI_ESCAPE}${ANSI_CSI}${code}${ANSI_SGR_TERMINATOR}`;
const wrapAnsiHyperlink = (url, parameters = '') => `${ANSI_ESCAPE}${ANSI_ESCAPE_LINK}${parameters};${url}${ANSI_ESCAPE_BELL}`;

// Match a complete escape sequence starting at `index`, or return `undefined` when none starts there.
const matchAnsiEscape = (string, index) => {
	if (!ESCAPES.has(string[index])) {
		return;
	}

	ANSI_ESCAPE_REGEX.lastIndex = index;
	return ANSI_ESCAPE_REGEX.exec(string) ?? undefined;
};

// Walk a string as alternating plain text runs and complete escape sequences.
// A character that looks like an introducer but does not start a valid sequence stays plain text.
const forEachSegment = (string, onPlainText, onEscape = () => {}) => {
	let plainStart = 0;
	let index = 0;

	while (index < string.length) {
		ESCAPE_INTRODUCER_REGEX.lastIndex = index;
		const introducer = ESCAPE_INTRODUCER_REGEX.exec(string);

		if (!introducer) {
			break;
		}

		const escape = matchAnsiEscape(string, introducer.index);

		if (!escape) {
			index = introducer.index + 1;
			continue;
		}

		if (introducer.index > plainStart) {
			onPlainText(string.slice(plainStart, introducer.index));
		}

		onEscape(escape[0]);
		index = introducer.index + escape[0].length;
		plainStart = index;
	}

	if (plainStart < string.length) {
		onPlainText(string.slice(plainStart));
	}
};

// The visible width of a string, ignoring escape sequences.
const getWidth = string => {
	let plainText = '';

	forEachSegment(string, part => {
		plainText += part;
	});

	return getStringWidth(plainText);
};

// Split a string into escape sequences, which are zero width and must never be split, and grapheme clusters.
// The supported boundary is between grapheme clusters and ANSI sequences; ANSI inserted inside a cluster is treated as separate segments.
const getTokens = string => {
	const tokens = [];

	forEachSegment(string, plainText => {
		if (ASCII_PRINTABLE_REGEX.test(plainText)) {
			for (const character of plainText) {
				tokens.push({value: character, width: 1});
			}

			return;
		}

		for (const {segment} of wrap_ansi_segmenter.segment(plainText)) {
			tokens.push({value: segment, width: getStringWidth(segment)});
		}
	}, escape => {
		tokens.push({value: escape, width: 0});
	});

	return tokens;
};

// Split on spaces, ignoring spaces that appear inside a recognized sequence.
const splitWords = string => {
	let currentWord = {value: '', plainText: ''};
	const words = [currentWord];

	forEachSegment(string, plainText => {
		const parts = plainText.split(' ');
		currentWord.value += parts[0];
		currentWord.plainText += parts[0];

		for (let index = 1; index < parts.length; index++) {
			currentWord = {value: parts[index], plainText: parts[index]};
			words.push(currentWord);
		}
	}, escape => {
		currentWord.value += escape;
	});

	// Measured once per word rather than per run, so a grapheme cluster split by an escape still counts once.
	for (const word of words) {
		word.width = getStringWidth(word.plainText);
	}

	return words;
};

const getColonColorToken = parameter => {
	const parts = parameter.split(':');
	const code = Number.parseInt(parts[0], 10);
	const mode = Number.parseInt(parts[1], 10);

	if (![ANSI_SGR_FOREGROUND_EXTENDED, ANSI_SGR_BACKGROUND_EXTENDED, ANSI_SGR_UNDERLINE_COLOR_EXTENDED].includes(code)) {
		return;
	}

	if (mode === ANSI_SGR_COLOR_MODE_256 && parts.length === 3 && /^\d+$/.test(parts[2])) {
		return {code, open: parameter, hasArguments: true};
	}

	if (mode !== ANSI_SGR_COLOR_MODE_RGB) {
		return;
	}

	const components = parts.length === 6 ? parts.slice(3) : parts.slice(2);
	const colorSpace = parts.length === 6 ? parts[2] : undefined;
	if (components.length === 3 && components.every(component => /^\d+$/.test(component)) && (colorSpace === undefined || /^\d*$/.test(colorSpace))) {
		return {code, open: parameter, hasArguments: true};
	}
};

const getSgrTokens = sgrParameters => {
	const parameters = sgrParameters.split(';');
	const sgrTokens = [];

	for (let index = 0; index < parameters.length; index++) {
		const parameter = parameters[index];
		if (parameter.includes(':')) {
			const colonColorToken = getColonColorToken(parameter);
			if (colonColorToken) {
				sgrTokens.push(colonColorToken);
			}

			continue;
		}

		const code = parameter === '' ? ANSI_SGR_RESET : Number.parseInt(parameter, 10);

		if (!Number.isFinite(code)) {
			continue;
		}

		if (code === ANSI_SGR_FOREGROUND_EXTENDED || code === ANSI_SGR_BACKGROUND_EXTENDED || code === ANSI_SGR_UNDERLINE_COLOR_EXTENDED) {
			if (index + 1 >= parameters.length) {
				break;
			}

			const mode = Number.parseInt(parameters[index + 1], 10);
			const colorIndex = Number.parseInt(parameters[index + 2], 10);
			if (mode === ANSI_SGR_COLOR_MODE_256 && Number.isFinite(colorIndex)) {
				sgrTokens.push({code, open: [code, mode, colorIndex].join(';'), hasArguments: true});
				index += 2;
				continue;
			}

			const red = Number.parseInt(parameters[index + 2], 10);
			const green = Number.parseInt(parameters[index + 3], 10);
			const blue = Number.parseInt(parameters[index + 4], 10);
			if (mode === ANSI_SGR_COLOR_MODE_RGB && Number.isFinite(red) && Number.isFinite(green) && Number.isFinite(blue)) {
				sgrTokens.push({code, open: [code, mode, red, green, blue].join(';'), hasArguments: true});
				index += 4;
				continue;
			}

			break;
		}

		sgrTokens.push({code, open: String(code), hasArguments: false});
	}

	return sgrTokens;
};

const removeActiveStyle = (activeStyles, family) => {
	const activeStyleIndex = activeStyles.findIndex(activeStyle => activeStyle.family === family);

	if (activeStyleIndex !== -1) {
		activeStyles.splice(activeStyleIndex, 1);
	}
};

const upsertActiveStyle = (activeStyles, nextActiveStyle) => {
	removeActiveStyle(activeStyles, nextActiveStyle.family);
	activeStyles.push(nextActiveStyle);
};

const removeModifierStylesByClose = (activeStyles, closeCode) => {
	for (let index = activeStyles.length - 1; index >= 0; index--) {
		const activeStyle = activeStyles[index];
		if (activeStyle.family.startsWith('modifier-') && activeStyle.close === closeCode) {
			activeStyles.splice(index, 1);
		}
	}
};

const getColorStyle = sgrToken => {
	const {code, open, hasArguments} = sgrToken;
	if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97) || (code === ANSI_SGR_FOREGROUND_EXTENDED && hasArguments)) {
		return {
			family: 'foreground',
			open,
			close: ANSI_SGR_RESET_FOREGROUND,
		};
	}

	if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107) || (code === ANSI_SGR_BACKGROUND_EXTENDED && hasArguments)) {
		return {
			family: 'background',
			open,
			close: ANSI_SGR_RESET_BACKGROUND,
		};
	}

	if (code === ANSI_SGR_UNDERLINE_COLOR_EXTENDED && hasArguments) {
		return {
			family: 'underlineColor',
			open,
			close: ANSI_SGR_RESET_UNDERLINE_COLOR,
		};
	}
};

const applySgrResetCode = (code, activeStyles) => {
	if (code === ANSI_SGR_RESET) {
		activeStyles.length = 0;
		return true;
	}

	if (code === ANSI_SGR_RESET_FOREGROUND) {
		removeActiveStyle(activeStyles, 'foreground');
		return true;
	}

	if (code === ANSI_SGR_RESET_BACKGROUND) {
		removeActiveStyle(activeStyles, 'background');
		return true;
	}

	if (code === ANSI_SGR_RESET_UNDERLINE_COLOR) {
		removeActiveStyle(activeStyles, 'underlineColor');
		return true;
	}

	if (ANSI_SGR_MODIFIER_CLOSE_CODES.has(code)) {
		removeModifierStylesByClose(activeStyles, code);
		return true;
	}

	return false;
};

const applySgrToken = (sgrToken, activeStyles) => {
	const {code} = sgrToken;

	if (applySgrResetCode(code, activeStyles)) {
		return;
	}

	const colorStyle = getColorStyle(sgrToken);
	if (colorStyle) {
		upsertActiveStyle(activeStyles, colorStyle);
		return;
	}

	const close = ansi_styles.codes.get(code);
	if (close !== undefined && close !== ANSI_SGR_RESET) {
		upsertActiveStyle(activeStyles, {
			family: `modifier-${code}`,
			open: sgrToken.open,
			close,
		});
	}
};

const applySgrParameters = (sgrParameters, activeStyles) => {
	for (const sgrToken of getSgrTokens(sgrParameters)) {
		applySgrToken(sgrToken, activeStyles);
	}
};

const applySgrResets = (sgrParameters, activeStyles) => {
	for (const {code} of getSgrTokens(sgrParameters)) {
		applySgrResetCode(code, activeStyles);
	}
};

const applyLeadingSgrResets = (string, startIndex, activeStyles) => {
	let index = startIndex;

	while (index < string.length) {
		const match = matchAnsiEscape(string, index);
		if (!match) {
			break;
		}

		if (match.groups.sgr !== undefined) {
			applySgrResets(match.groups.sgr, activeStyles);
		}

		index += match[0].length;
	}
};

const getClosingSgrSequence = activeStyles => [...activeStyles].reverse().map(activeStyle => wrapAnsiCode(activeStyle.close)).join('');
const getOpeningSgrSequence = activeStyles => activeStyles.map(activeStyle => wrapAnsiCode(activeStyle.open)).join('');

// Wrap a long word across multiple rows
// ANSI escape codes do not count towards length
// Takes the visible width of the last row and returns the width of the row the word ends on, so callers never have to measure the rows themselves.
const wrapWord = (rows, word, columns, rowWidth) => {
	const tokens = getTokens(word);

	let visible = rowWidth;

	for (let index = 0; index < tokens.length; index++) {
		const token = tokens[index];

		// Escape sequences and combining marks are zero width, so they always stay on the current row.
		if (token.width > 0 && visible > 0 && visible + token.width > columns) {
			rows.push('');
			visible = 0;
		}

		rows[rows.length - 1] += token.value;
		visible += token.width;

		if (visible === columns && index < tokens.length - 1) {
			rows.push('');
			visible = 0;
		}
	}

	// It's possible that the last row we copy over is only
	// ANSI escape characters, handle this edge-case
	if (!visible && rows.at(-1).length > 0 && rows.length > 1) {
		rows[rows.length - 2] += rows.pop();
	}

	// The tokens are measured one by one, so a grapheme cluster that an escape sequence splits is counted once per part rather than once as a whole. Only the finished row tells the true width, and it is at most one row long to measure.
	return getWidth(rows.at(-1));
};

// Trims spaces from a string ignoring invisible sequences
const stringVisibleTrimSpacesRight = string => {
	if (!string.includes(' ')) {
		return string;
	}

	const segments = [];
	forEachSegment(string, plainText => {
		segments.push({value: plainText, isEscape: false});
	}, escape => {
		segments.push({value: escape, isEscape: true});
	});

	// Drop the spaces that trail the last visible character, but keep the invisible sequences among them.
	for (let index = segments.length - 1; index >= 0; index--) {
		const segment = segments[index];

		if (segment.isEscape) {
			continue;
		}

		// Scanned rather than matched with a regex, as a trailing-space pattern backtracks quadratically.
		let end = segment.value.length;
		while (end > 0 && segment.value[end - 1] === ' ') {
			end--;
		}

		segment.value = segment.value.slice(0, end);

		if (getStringWidth(segment.value) > 0) {
			break;
		}
	}

	return segments.map(segment => segment.value).join('');
};

const expandTabs = line => {
	if (!line.includes('\t')) {
		return line;
	}

	let visible = 0;
	let expandedLine = '';
	let plainTextSinceTab = '';

	const expandPlainText = plainText => {
		const segments = plainText.split('\t');

		for (const [index, segment] of segments.entries()) {
			expandedLine += segment;
			plainTextSinceTab += segment;

			if (index < segments.length - 1) {
				visible += getStringWidth(plainTextSinceTab);
				plainTextSinceTab = '';
				const spaces = TAB_SIZE - (visible % TAB_SIZE);
				expandedLine += ' '.repeat(spaces);
				visible += spaces;
			}
		}
	};

	forEachSegment(line, expandPlainText, escape => {
		expandedLine += escape;
	});

	return expandedLine;
};

// Close the active styles and hyperlink before every row break and reopen them after, so each row stands on its own.
// Only sequences and newlines matter here, so the string is scanned directly rather than split into grapheme clusters.
const restoreStylesAcrossRows = preString => {
	let returnValue = '';
	let activeHyperlink;
	const activeStyles = [];
	let index = 0;
	let copiedIndex = 0;

	while (index < preString.length) {
		ROW_BOUNDARY_REGEX.lastIndex = index;
		const boundary = ROW_BOUNDARY_REGEX.exec(preString);

		if (!boundary) {
			break;
		}

		index = boundary.index;

		if (boundary[0] !== '\n') {
			const escape = matchAnsiEscape(preString, index);

			if (!escape) {
				index++;
				continue;
			}

			const {groups} = escape;
			if (groups.sgr !== undefined) {
				applySgrParameters(groups.sgr, activeStyles);
			} else if (groups.uri !== undefined) {
				activeHyperlink = groups.uri.length === 0 ? undefined : {parameters: groups.parameters, uri: groups.uri};
			}

			index += escape[0].length;
			continue;
		}

		// Everything up to the row break is copied verbatim, sequences included.
		returnValue += preString.slice(copiedIndex, index);

		// An empty row never reopened anything, so there is nothing to close.
		if (index > copiedIndex) {
			if (activeHyperlink) {
				returnValue += wrapAnsiHyperlink('');
			}

			returnValue += getClosingSgrSequence(activeStyles);
		}

		returnValue += '\n';
		index++;
		copiedIndex = index;

		// An empty row has nothing to style, so the styles stay closed until the next row with content. A trailing row break leaves no row at all.
		if (index < preString.length && preString[index] !== '\n') {
			const openingStyles = [...activeStyles];
			applyLeadingSgrResets(preString, index, openingStyles);
			returnValue += getOpeningSgrSequence(openingStyles);

			if (activeHyperlink) {
				returnValue += wrapAnsiHyperlink(activeHyperlink.uri, activeHyperlink.parameters);
			}
		}
	}

	return returnValue + preString.slice(copiedIndex);
};

// The wrap-ansi module can be invoked in either 'hard' or 'soft' wrap mode.
//
// 'hard' will never allow a string to take up more than columns characters.
//
// 'soft' allows long words to expand past the column length.
const exec = (string, columns, options = {}) => {
	if (options.trim !== false && string.trim() === '') {
		return '';
	}

	const words = splitWords(string);
	let rows = [''];
	// Tracked as rows are built. Remeasuring the row for every word makes wrapping quadratic in the line length.
	let rowLength = 0;
	// Words are only ever appended, so a row that already starts with content can never become trimmable again. Retrimming it for every word makes wrapping quadratic in the line length.
	let trimmedRowIndex = -1;

	let isFirstWord = true;

	for (const word of words) {
		const rowIndex = rows.length - 1;

		if (options.trim !== false && trimmedRowIndex !== rowIndex) {
			const row = rows[rowIndex];
			const trimmedRow = row.trimStart();

			if (trimmedRow.length !== row.length) {
				rows[rowIndex] = trimmedRow;
				rowLength = getWidth(trimmedRow);
			}

			if (trimmedRow.length > 0) {
				trimmedRowIndex = rowIndex;
			}
		}

		if (isFirstWord) {
			isFirstWord = false;
		} else {
			if (rowLength >= columns && (options.wordWrap === false || options.trim === false)) {
				// If we start with a new word but the current row length equals the length of the columns, add a new row
				rows.push('');
				rowLength = 0;
			}

			if (rowLength > 0 || options.trim === false) {
				rows[rows.length - 1] += ' ';
				rowLength++;
			}
		}

		// In 'hard' wrap mode, the length of a line is never allowed to extend past 'columns'
		if (options.hard && options.wordWrap !== false && word.width > columns) {
			const remainingColumns = columns - rowLength;
			const breaksStartingThisLine = 1 + Math.floor((word.width - remainingColumns - 1) / columns);
			const breaksStartingNextLine = Math.floor((word.width - 1) / columns);
			if (breaksStartingNextLine < breaksStartingThisLine) {
				rows.push('');
				rowLength = 0;
			}

			rowLength = wrapWord(rows, word.value, columns, rowLength);
			continue;
		}

		if (rowLength + word.width > columns && rowLength > 0 && word.width > 0) {
			if (options.wordWrap === false && rowLength < columns) {
				rowLength = wrapWord(rows, word.value, columns, rowLength);
				continue;
			}

			rows.push('');
			rowLength = 0;
		}

		if (rowLength + word.width > columns && options.wordWrap === false) {
			rowLength = wrapWord(rows, word.value, columns, rowLength);
			continue;
		}

		rows[rows.length - 1] += word.value;
		rowLength += word.width;
	}

	if (options.trim !== false) {
		rows = rows.map(row => stringVisibleTrimSpacesRight(row));
	}

	return restoreStylesAcrossRows(rows.join('\n'));
};

// Normalize the text, but not the sequences: a combining mark that follows a sequence composes with its last character and destroys it.
const normalizeText = string => {
	let normalizedString = '';

	forEachSegment(string, plainText => {
		normalizedString += plainText.normalize();
	}, escape => {
		normalizedString += escape;
	});

	return normalizedString;
};

// For each newline, invoke the method separately.
function wrapAnsi(string, columns, options) {
	return normalizeText(String(string))
		.replaceAll('\r\n', '\n')
		.split('\n')
		.map(line => exec(expandTabs(line), columns, options))
		.join('\n');
}

;// CONCATENATED MODULE: ../../work/main/node_modules/slice-ansi/node_modules/ansi-styles/index.js
const ansi_styles_ANSI_BACKGROUND_OFFSET = 10;

const ansi_styles_wrapAnsi16 = (offset = 0) => code => `\u001B[${code + offset}m`;

const ansi_styles_wrapAnsi256 = (offset = 0) => code => `\u001B[${38 + offset};5;${code}m`;

const ansi_styles_wrapAnsi16m = (offset = 0) => (red, green, blue) => `\u001B[${38 + offset};2;${red};${green};${blue}m`;

const ansi_styles_styles = {
	modifier: {
		reset: [0, 0],
		// 21 isn't widely supported and 22 does the same thing
		bold: [1, 22],
		dim: [2, 22],
		italic: [3, 23],
		underline: [4, 24],
		overline: [53, 55],
		inverse: [7, 27],
		hidden: [8, 28],
		strikethrough: [9, 29],
	},
	color: {
		black: [30, 39],
		red: [31, 39],
		green: [32, 39],
		yellow: [33, 39],
		blue: [34, 39],
		magenta: [35, 39],
		cyan: [36, 39],
		white: [37, 39],

		// Bright color
		blackBright: [90, 39],
		gray: [90, 39], // Alias of `blackBright`
		grey: [90, 39], // Alias of `blackBright`
		redBright: [91, 39],
		greenBright: [92, 39],
		yellowBright: [93, 39],
		blueBright: [94, 39],
		magentaBright: [95, 39],
		cyanBright: [96, 39],
		whiteBright: [97, 39],
	},
	bgColor: {
		bgBlack: [40, 49],
		bgRed: [41, 49],
		bgGreen: [42, 49],
		bgYellow: [43, 49],
		bgBlue: [44, 49],
		bgMagenta: [45, 49],
		bgCyan: [46, 49],
		bgWhite: [47, 49],

		// Bright color
		bgBlackBright: [100, 49],
		bgGray: [100, 49], // Alias of `bgBlackBright`
		bgGrey: [100, 49], // Alias of `bgBlackBright`
		bgRedBright: [101, 49],
		bgGreenBright: [102, 49],
		bgYellowBright: [103, 49],
		bgBlueBright: [104, 49],
		bgMagentaBright: [105, 49],
		bgCyanBright: [106, 49],
		bgWhiteBright: [107, 49],
	},
};

const ansi_styles_modifierNames = Object.keys(ansi_styles_styles.modifier);
const ansi_styles_foregroundColorNames = Object.keys(ansi_styles_styles.color);
const ansi_styles_backgroundColorNames = Object.keys(ansi_styles_styles.bgColor);
const ansi_styles_colorNames = [...ansi_styles_foregroundColorNames, ...ansi_styles_backgroundColorNames];

function ansi_styles_assembleStyles() {
	const codes = new Map();

	for (const [groupName, group] of Object.entries(ansi_styles_styles)) {
		for (const [styleName, style] of Object.entries(group)) {
			ansi_styles_styles[styleName] = {
				open: `\u001B[${style[0]}m`,
				close: `\u001B[${style[1]}m`,
			};

			group[styleName] = ansi_styles_styles[styleName];

			codes.set(style[0], style[1]);
		}

		Object.defineProperty(ansi_styles_styles, groupName, {
			value: group,
			enumerable: false,
		});
	}

	Object.defineProperty(ansi_styles_styles, 'codes', {
		value: codes,
		enumerable: false,
	});

	ansi_styles_styles.color.close = '\u001B[39m';
	ansi_styles_styles.bgColor.close = '\u001B[49m';

	ansi_styles_styles.color.ansi = ansi_styles_wrapAnsi16();
	ansi_styles_styles.color.ansi256 = ansi_styles_wrapAnsi256();
	ansi_styles_styles.color.ansi16m = ansi_styles_wrapAnsi16m();
	ansi_styles_styles.bgColor.ansi = ansi_styles_wrapAnsi16(ansi_styles_ANSI_BACKGROUND_OFFSET);
	ansi_styles_styles.bgColor.ansi256 = ansi_styles_wrapAnsi256(ansi_styles_ANSI_BACKGROUND_OFFSET);
	ansi_styles_styles.bgColor.ansi16m = ansi_styles_wrapAnsi16m(ansi_styles_ANSI_BACKGROUND_OFFSET);

	// From https://github.com/Qix-/color-convert/blob/3f0e0d4e92e235796ccb17f6e85c72094a651f49/conversions.js
	Object.defineProperties(ansi_styles_styles, {
		rgbToAnsi256: {
			value(red, green, blue) {
				// We use the extended greyscale palette here, with the exception of
				// black and white. normal palette only has 4 greyscale shades.
				if (red === green && green === blue) {
					if (red < 8) {
						return 16;
					}

					if (red > 248) {
						return 231;
					}

					return Math.round(((red - 8) / 247) * 24) + 232;
				}

				return 16
					+ (36 * Math.round(red / 255 * 5))
					+ (6 * Math.round(green / 255 * 5))
					+ Math.round(blue / 255 * 5);
			},
			enumerable: false,
		},
		hexToRgb: {
			value(hex) {
				const matches = /[a-f\d]{6}|[a-f\d]{3}/i.exec(hex.toString(16));
				if (!matches) {
					return [0, 0, 0];
				}

				let [colorString] = matches;

				if (colorString.length === 3) {
					colorString = [...colorString].map(character => character + character).join('');
				}

				const integer = Number.parseInt(colorString, 16);

				return [
					/* eslint-disable no-bitwise */
					(integer >> 16) & 0xFF,
					(integer >> 8) & 0xFF,
					integer & 0xFF,
					/* eslint-enable no-bitwise */
				];
			},
			enumerable: false,
		},
		hexToAnsi256: {
			value: hex => ansi_styles_styles.rgbToAnsi256(...ansi_styles_styles.hexToRgb(hex)),
			enumerable: false,
		},
		ansi256ToAnsi: {
			value(code) {
				if (code < 8) {
					return 30 + code;
				}

				if (code < 16) {
					return 90 + (code - 8);
				}

				let red;
				let green;
				let blue;

				if (code >= 232) {
					red = (((code - 232) * 10) + 8) / 255;
					green = red;
					blue = red;
				} else {
					code -= 16;

					const remainder = code % 36;

					red = Math.floor(code / 36) / 5;
					green = Math.floor(remainder / 6) / 5;
					blue = (remainder % 6) / 5;
				}

				const value = Math.max(red, green, blue) * 2;

				if (value === 0) {
					return 30;
				}

				// eslint-disable-next-line no-bitwise
				let result = 30 + ((Math.round(blue) << 2) | (Math.round(green) << 1) | Math.round(red));

				if (value === 2) {
					result += 60;
				}

				return result;
			},
			enumerable: false,
		},
		rgbToAnsi: {
			value: (red, green, blue) => ansi_styles_styles.ansi256ToAnsi(ansi_styles_styles.rgbToAnsi256(red, green, blue)),
			enumerable: false,
		},
		hexToAnsi: {
			value: hex => ansi_styles_styles.ansi256ToAnsi(ansi_styles_styles.hexToAnsi256(hex)),
			enumerable: false,
		},
	});

	return ansi_styles_styles;
}

const ansi_styles_ansiStyles = ansi_styles_assembleStyles();

/* harmony default export */ const node_modules_ansi_styles = (ansi_styles_ansiStyles);

;// CONCATENATED MODULE: ../../work/main/node_modules/is-fullwidth-code-point/index.js


function isFullwidthCodePoint(codePoint) {
	if (!Number.isInteger(codePoint)) {
		return false;
	}

	return isFullwidth(codePoint) || isWide(codePoint);
}

;// CONCATENATED MODULE: ../../work/main/node_modules/slice-ansi/tokenize-ansi.js



const ESCAPE_CODE_POINT = 27;
const C1_DCS_CODE_POINT = 144;
const C1_SOS_CODE_POINT = 152;
const C1_CSI_CODE_POINT = 155;
const C1_ST_CODE_POINT = 156;
const C1_OSC_CODE_POINT = 157;
const C1_PM_CODE_POINT = 158;
const C1_APC_CODE_POINT = 159;
const tokenize_ansi_ESCAPES = new Set([
	ESCAPE_CODE_POINT,
	C1_DCS_CODE_POINT,
	C1_SOS_CODE_POINT,
	C1_CSI_CODE_POINT,
	C1_ST_CODE_POINT,
	C1_OSC_CODE_POINT,
	C1_PM_CODE_POINT,
	C1_APC_CODE_POINT,
]);

const ESCAPE = '\u001B';
const ANSI_BELL = '\u0007';
const tokenize_ansi_ANSI_CSI = '[';
const tokenize_ansi_ANSI_OSC = ']';
const ANSI_DCS = 'P';
const ANSI_SOS = 'X';
const ANSI_PM = '^';
const ANSI_APC = '_';
const tokenize_ansi_ANSI_SGR_TERMINATOR = 'm';
const ANSI_OSC_TERMINATOR = '\\';
const ANSI_STRING_TERMINATOR = `${ESCAPE}${ANSI_OSC_TERMINATOR}`;
const C1_OSC = '\u009D';
const C1_STRING_TERMINATOR = '\u009C';
const ANSI_HYPERLINK_ESC_PREFIX = `${ESCAPE}${tokenize_ansi_ANSI_OSC}8;`;
const ANSI_HYPERLINK_C1_PREFIX = `${C1_OSC}8;`;
const ANSI_HYPERLINK_ESC_CLOSE = `${ANSI_HYPERLINK_ESC_PREFIX};`;
const ANSI_HYPERLINK_C1_CLOSE = `${ANSI_HYPERLINK_C1_PREFIX};`;

const CODE_POINT_0 = '0'.codePointAt(0);
const CODE_POINT_9 = '9'.codePointAt(0);
const CODE_POINT_SEMICOLON = ';'.codePointAt(0);
const CODE_POINT_COLON = ':'.codePointAt(0);
// ECMA-48 CSI format: parameter bytes 0x30-0x3F, intermediates 0x20-0x2F, final 0x40-0x7E.
const CODE_POINT_CSI_PARAMETER_START = '0'.codePointAt(0);
const CODE_POINT_CSI_PARAMETER_END = '?'.codePointAt(0);
const CODE_POINT_CSI_INTERMEDIATE_START = ' '.codePointAt(0);
const CODE_POINT_CSI_INTERMEDIATE_END = '/'.codePointAt(0);
const CODE_POINT_CSI_FINAL_START = '@'.codePointAt(0);
const CODE_POINT_CSI_FINAL_END = '~'.codePointAt(0);
const REGIONAL_INDICATOR_SYMBOL_LETTER_A = 127_462;
const REGIONAL_INDICATOR_SYMBOL_LETTER_Z = 127_487;
const SGR_RESET_CODE = 0;
const SGR_EXTENDED_FOREGROUND_CODE = 38;
const SGR_DEFAULT_FOREGROUND_CODE = 39;
const SGR_EXTENDED_BACKGROUND_CODE = 48;
const SGR_DEFAULT_BACKGROUND_CODE = 49;
const SGR_COLOR_TYPE_ANSI_256 = 5;
const SGR_COLOR_TYPE_TRUECOLOR = 2;
const SGR_ANSI_256_FRAGMENT_LENGTH = 3;
const SGR_TRUECOLOR_FRAGMENT_LENGTH = 5;
const SGR_ANSI_256_LAST_PARAMETER_OFFSET = 2;
const SGR_TRUECOLOR_LAST_PARAMETER_OFFSET = 4;
const VARIATION_SELECTOR_16_CODE_POINT = 65_039;
const COMBINING_ENCLOSING_KEYCAP_CODE_POINT = 8419;
const EMOJI_PRESENTATION_GRAPHEME_REGEX = /\p{Emoji_Presentation}/u;
const GRAPHEME_SEGMENTER = new Intl.Segmenter(undefined, {granularity: 'grapheme'});

const endCodeNumbers = new Set();
for (const [, end] of node_modules_ansi_styles.codes) {
	endCodeNumbers.add(end);
}

function isSgrParameterCharacter(codePoint) {
	return (
		(codePoint >= CODE_POINT_0 && codePoint <= CODE_POINT_9)
		|| codePoint === CODE_POINT_SEMICOLON
		|| codePoint === CODE_POINT_COLON
	);
}

function isCsiParameterCharacter(codePoint) {
	return codePoint >= CODE_POINT_CSI_PARAMETER_START && codePoint <= CODE_POINT_CSI_PARAMETER_END;
}

function isCsiIntermediateCharacter(codePoint) {
	return codePoint >= CODE_POINT_CSI_INTERMEDIATE_START && codePoint <= CODE_POINT_CSI_INTERMEDIATE_END;
}

function isCsiFinalCharacter(codePoint) {
	return codePoint >= CODE_POINT_CSI_FINAL_START && codePoint <= CODE_POINT_CSI_FINAL_END;
}

function isRegionalIndicatorCodePoint(codePoint) {
	return codePoint >= REGIONAL_INDICATOR_SYMBOL_LETTER_A && codePoint <= REGIONAL_INDICATOR_SYMBOL_LETTER_Z;
}

function createControlParseResult(code, endIndex) {
	return {
		token: {
			type: 'control',
			code,
		},
		endIndex,
	};
}

function isEmojiStyleGrapheme(grapheme) {
	if (EMOJI_PRESENTATION_GRAPHEME_REGEX.test(grapheme)) {
		return true;
	}

	for (const character of grapheme) {
		const codePoint = character.codePointAt(0);
		if (
			codePoint === VARIATION_SELECTOR_16_CODE_POINT
			|| codePoint === COMBINING_ENCLOSING_KEYCAP_CODE_POINT
		) {
			return true;
		}
	}

	return false;
}

function getGraphemeWidth(grapheme) {
	let regionalIndicatorCount = 0;
	for (const character of grapheme) {
		const codePoint = character.codePointAt(0);
		if (isFullwidthCodePoint(codePoint)) {
			return 2;
		}

		if (isRegionalIndicatorCodePoint(codePoint)) {
			regionalIndicatorCount++;
		}
	}

	if (regionalIndicatorCount >= 1) {
		return 2;
	}

	if (isEmojiStyleGrapheme(grapheme)) {
		return 2;
	}

	return 1;
}

function getSgrPrefix(code) {
	if (code.startsWith('\u009B')) {
		return '\u009B';
	}

	return `${ESCAPE}${tokenize_ansi_ANSI_CSI}`;
}

function createSgrCode(prefix, values) {
	return `${prefix}${values.join(';')}${tokenize_ansi_ANSI_SGR_TERMINATOR}`;
}

function getSgrFragments(code) {
	const fragments = [];
	const sgrPrefix = getSgrPrefix(code);
	let parameterString;

	if (code.startsWith(`${ESCAPE}${tokenize_ansi_ANSI_CSI}`)) {
		parameterString = code.slice(2, -1);
	} else if (code.startsWith('\u009B')) {
		parameterString = code.slice(1, -1);
	} else {
		return fragments;
	}

	const rawCodes = parameterString.length === 0 ? [String(SGR_RESET_CODE)] : parameterString.split(';');
	let index = 0;
	while (index < rawCodes.length) {
		const codeNumber = Number.parseInt(rawCodes[index], 10);
		if (Number.isNaN(codeNumber)) {
			index++;
			continue;
		}

		if (codeNumber === SGR_RESET_CODE) {
			fragments.push({type: 'reset'});
			index++;
			continue;
		}

		if (codeNumber === SGR_EXTENDED_FOREGROUND_CODE || codeNumber === SGR_EXTENDED_BACKGROUND_CODE) {
			const colorType = Number.parseInt(rawCodes[index + 1], 10);
			if (colorType === SGR_COLOR_TYPE_ANSI_256 && index + SGR_ANSI_256_LAST_PARAMETER_OFFSET < rawCodes.length) {
				const openCode = createSgrCode(sgrPrefix, rawCodes.slice(index, index + SGR_ANSI_256_FRAGMENT_LENGTH));
				fragments.push({
					type: 'start',
					code: openCode,
					endCode: node_modules_ansi_styles.color.ansi(codeNumber === SGR_EXTENDED_FOREGROUND_CODE ? SGR_DEFAULT_FOREGROUND_CODE : SGR_DEFAULT_BACKGROUND_CODE),
				});
				index += SGR_ANSI_256_FRAGMENT_LENGTH;
				continue;
			}

			if (colorType === SGR_COLOR_TYPE_TRUECOLOR && index + SGR_TRUECOLOR_LAST_PARAMETER_OFFSET < rawCodes.length) {
				const openCode = createSgrCode(sgrPrefix, rawCodes.slice(index, index + SGR_TRUECOLOR_FRAGMENT_LENGTH));
				fragments.push({
					type: 'start',
					code: openCode,
					endCode: node_modules_ansi_styles.color.ansi(codeNumber === SGR_EXTENDED_FOREGROUND_CODE ? SGR_DEFAULT_FOREGROUND_CODE : SGR_DEFAULT_BACKGROUND_CODE),
				});
				index += SGR_TRUECOLOR_FRAGMENT_LENGTH;
				continue;
			}

			const openCode = createSgrCode(sgrPrefix, [rawCodes[index]]);
			fragments.push({
				type: 'start',
				code: openCode,
				endCode: node_modules_ansi_styles.color.ansi(codeNumber === SGR_EXTENDED_FOREGROUND_CODE ? SGR_DEFAULT_FOREGROUND_CODE : SGR_DEFAULT_BACKGROUND_CODE),
			});
			index++;
			continue;
		}

		if (endCodeNumbers.has(codeNumber)) {
			fragments.push({
				type: 'end',
				endCode: node_modules_ansi_styles.color.ansi(codeNumber),
			});
			index++;
			continue;
		}

		const mappedEndCode = node_modules_ansi_styles.codes.get(codeNumber);
		if (mappedEndCode !== undefined) {
			const openCode = createSgrCode(sgrPrefix, [rawCodes[index]]);
			fragments.push({
				type: 'start',
				code: openCode,
				endCode: node_modules_ansi_styles.color.ansi(mappedEndCode),
			});
			index++;
			continue;
		}

		const openCode = createSgrCode(sgrPrefix, [rawCodes[index]]);
		fragments.push({
			type: 'start',
			code: openCode,
			endCode: node_modules_ansi_styles.reset.open,
		});
		index++;
	}

	if (fragments.length === 0) {
		fragments.push({type: 'reset'});
	}

	return fragments;
}

function parseCsiCode(string, index) {
	const escapeCodePoint = string.codePointAt(index);
	let sequenceStartIndex;

	if (escapeCodePoint === ESCAPE_CODE_POINT) {
		if (string[index + 1] !== tokenize_ansi_ANSI_CSI) {
			return;
		}

		sequenceStartIndex = index + 2;
	} else if (escapeCodePoint === C1_CSI_CODE_POINT) {
		sequenceStartIndex = index + 1;
	} else {
		return;
	}

	let hasCanonicalSgrParameters = true;
	for (let sequenceIndex = sequenceStartIndex; sequenceIndex < string.length; sequenceIndex++) {
		const codePoint = string.codePointAt(sequenceIndex);

		if (isCsiFinalCharacter(codePoint)) {
			const code = string.slice(index, sequenceIndex + 1);
			if (string[sequenceIndex] !== tokenize_ansi_ANSI_SGR_TERMINATOR || !hasCanonicalSgrParameters) {
				return createControlParseResult(code, sequenceIndex + 1);
			}

			return {
				token: {
					type: 'sgr',
					code,
					fragments: getSgrFragments(code),
				},
				endIndex: sequenceIndex + 1,
			};
		}

		if (isCsiParameterCharacter(codePoint)) {
			if (!isSgrParameterCharacter(codePoint)) {
				hasCanonicalSgrParameters = false;
			}

			continue;
		}

		if (isCsiIntermediateCharacter(codePoint)) {
			hasCanonicalSgrParameters = false;
			continue;
		}

		const endIndex = sequenceIndex;
		return createControlParseResult(string.slice(index, endIndex), endIndex);
	}

	return createControlParseResult(string.slice(index), string.length);
}

function parseHyperlinkCode(string, index) {
	let hyperlinkPrefix;
	let hyperlinkClose;
	const codePoint = string.codePointAt(index);

	if (
		codePoint === ESCAPE_CODE_POINT
		&& string.startsWith(ANSI_HYPERLINK_ESC_PREFIX, index)
	) {
		hyperlinkPrefix = ANSI_HYPERLINK_ESC_PREFIX;
		hyperlinkClose = ANSI_HYPERLINK_ESC_CLOSE;
	} else if (
		codePoint === C1_OSC_CODE_POINT
		&& string.startsWith(ANSI_HYPERLINK_C1_PREFIX, index)
	) {
		hyperlinkPrefix = ANSI_HYPERLINK_C1_PREFIX;
		hyperlinkClose = ANSI_HYPERLINK_C1_CLOSE;
	} else {
		return;
	}

	const uriStart = string.indexOf(';', index + hyperlinkPrefix.length);
	if (uriStart === -1) {
		return createControlParseResult(string.slice(index), string.length);
	}

	for (let sequenceIndex = uriStart + 1; sequenceIndex < string.length; sequenceIndex++) {
		const character = string[sequenceIndex];

		if (character === ANSI_BELL) {
			const code = string.slice(index, sequenceIndex + 1);
			const action = sequenceIndex === uriStart + 1 ? 'close' : 'open';
			return {
				token: {
					type: 'hyperlink',
					code,
					action,
					closePrefix: hyperlinkClose,
					terminator: ANSI_BELL,
				},
				endIndex: sequenceIndex + 1,
			};
		}

		if (
			character === ESCAPE
			&& string[sequenceIndex + 1] === ANSI_OSC_TERMINATOR
		) {
			const code = string.slice(index, sequenceIndex + 2);
			const action = sequenceIndex === uriStart + 1 ? 'close' : 'open';
			return {
				token: {
					type: 'hyperlink',
					code,
					action,
					closePrefix: hyperlinkClose,
					terminator: ANSI_STRING_TERMINATOR,
				},
				endIndex: sequenceIndex + 2,
			};
		}

		if (character === C1_STRING_TERMINATOR) {
			const code = string.slice(index, sequenceIndex + 1);
			const action = sequenceIndex === uriStart + 1 ? 'close' : 'open';
			return {
				token: {
					type: 'hyperlink',
					code,
					action,
					closePrefix: hyperlinkClose,
					terminator: C1_STRING_TERMINATOR,
				},
				endIndex: sequenceIndex + 1,
			};
		}
	}

	return createControlParseResult(string.slice(index), string.length);
}

function parseControlStringCode(string, index) {
	const codePoint = string.codePointAt(index);
	let sequenceStartIndex;
	let supportsBellTerminator = false;

	switch (codePoint) {
		case ESCAPE_CODE_POINT: {
			const command = string[index + 1];
			switch (command) {
				case tokenize_ansi_ANSI_OSC: {
					// OSC accepts ST (ECMA-48) and BEL (xterm compatibility extension).
					sequenceStartIndex = index + 2;
					supportsBellTerminator = true;
					break;
				}

				case ANSI_DCS:
				case ANSI_SOS:
				case ANSI_PM:
				case ANSI_APC: {
					sequenceStartIndex = index + 2;
					break;
				}

				case ANSI_OSC_TERMINATOR: {
					return createControlParseResult(ANSI_STRING_TERMINATOR, index + 2);
				}

				default: {
					return;
				}
			}

			break;
		}

		case C1_OSC_CODE_POINT: {
			sequenceStartIndex = index + 1;
			supportsBellTerminator = true;
			break;
		}

		case C1_DCS_CODE_POINT:
		case C1_SOS_CODE_POINT:
		case C1_PM_CODE_POINT:
		case C1_APC_CODE_POINT: {
			sequenceStartIndex = index + 1;
			break;
		}

		case C1_ST_CODE_POINT: {
			return createControlParseResult(C1_STRING_TERMINATOR, index + 1);
		}

		default: {
			return;
		}
	}

	for (let sequenceIndex = sequenceStartIndex; sequenceIndex < string.length; sequenceIndex++) {
		if (supportsBellTerminator && string[sequenceIndex] === ANSI_BELL) {
			return createControlParseResult(string.slice(index, sequenceIndex + 1), sequenceIndex + 1);
		}

		if (
			string[sequenceIndex] === ESCAPE
			&& string[sequenceIndex + 1] === ANSI_OSC_TERMINATOR
		) {
			return createControlParseResult(string.slice(index, sequenceIndex + 2), sequenceIndex + 2);
		}

		if (string[sequenceIndex] === C1_STRING_TERMINATOR) {
			return createControlParseResult(string.slice(index, sequenceIndex + 1), sequenceIndex + 1);
		}
	}

	return createControlParseResult(string.slice(index), string.length);
}

function parseAnsiCode(string, index) {
	const codePoint = string.codePointAt(index);
	if (codePoint === ESCAPE_CODE_POINT || codePoint === C1_OSC_CODE_POINT) {
		const hyperlinkCode = parseHyperlinkCode(string, index);
		if (hyperlinkCode) {
			return hyperlinkCode;
		}
	}

	const controlStringCode = parseControlStringCode(string, index);
	if (controlStringCode) {
		return controlStringCode;
	}

	return parseCsiCode(string, index);
}

function appendTrailingAnsiTokens(string, index, tokens) {
	while (index < string.length) {
		const nextCodePoint = string.codePointAt(index);
		if (!tokenize_ansi_ESCAPES.has(nextCodePoint)) {
			break;
		}

		const escapeCode = parseAnsiCode(string, index);
		if (!escapeCode) {
			break;
		}

		tokens.push(escapeCode.token);
		index = escapeCode.endIndex;
	}

	return index;
}

function parseCharacterTokenWithRawSegmentation(string, index, graphemeSegments) {
	const segment = graphemeSegments.containing(index);
	if (!segment || segment.index !== index) {
		return;
	}

	return {
		token: {
			type: 'character',
			// Intentionally preserve UAX29 behavior (GB3): CRLF is one grapheme cluster.
			value: segment.segment,
			visibleWidth: getGraphemeWidth(segment.segment),
			isGraphemeContinuation: false,
		},
		endIndex: index + segment.segment.length,
	};
}

function collectVisibleCharacters(string) {
	const visibleCharacters = [];
	let index = 0;

	while (index < string.length) {
		const codePoint = string.codePointAt(index);
		if (tokenize_ansi_ESCAPES.has(codePoint)) {
			const code = parseAnsiCode(string, index);
			if (code) {
				index = code.endIndex;
				continue;
			}
		}

		const value = String.fromCodePoint(codePoint);
		visibleCharacters.push({
			value,
			visibleWidth: 1,
			isGraphemeContinuation: false,
		});
		index += value.length;
	}

	return visibleCharacters;
}

function applyGraphemeMetadata(visibleCharacters) {
	if (visibleCharacters.length === 0) {
		return;
	}

	const visibleString = visibleCharacters.map(({value}) => value).join('');
	const scalarOffsets = [];
	let scalarOffset = 0;

	for (const visibleCharacter of visibleCharacters) {
		scalarOffsets.push(scalarOffset);
		scalarOffset += visibleCharacter.value.length;
	}

	let scalarIndex = 0;
	for (const segment of GRAPHEME_SEGMENTER.segment(visibleString)) {
		while (
			scalarIndex < visibleCharacters.length
			&& scalarOffsets[scalarIndex] < segment.index
		) {
			scalarIndex++;
		}

		let graphemeIndex = scalarIndex;
		let isFirstInGrapheme = true;
		while (
			graphemeIndex < visibleCharacters.length
			&& scalarOffsets[graphemeIndex] < segment.index + segment.segment.length
		) {
			visibleCharacters[graphemeIndex].visibleWidth = isFirstInGrapheme ? getGraphemeWidth(segment.segment) : 0;
			visibleCharacters[graphemeIndex].isGraphemeContinuation = !isFirstInGrapheme;
			isFirstInGrapheme = false;
			graphemeIndex++;
		}

		scalarIndex = graphemeIndex;
	}
}

function tokenizeAnsiWithVisibleSegmentation(string, {endCharacter = Number.POSITIVE_INFINITY} = {}) {
	const tokens = [];
	const visibleCharacters = collectVisibleCharacters(string);
	applyGraphemeMetadata(visibleCharacters);

	let index = 0;
	let visibleCharacterIndex = 0;
	let visibleCount = 0;
	while (index < string.length) {
		const codePoint = string.codePointAt(index);

		if (tokenize_ansi_ESCAPES.has(codePoint)) {
			const code = parseAnsiCode(string, index);
			if (code) {
				tokens.push(code.token);
				index = code.endIndex;
				continue;
			}
		}

		const value = String.fromCodePoint(codePoint);
		const visibleCharacter = visibleCharacters[visibleCharacterIndex];
		let visibleWidth = isFullwidthCodePoint(codePoint) ? 2 : value.length;
		if (visibleCharacter) {
			visibleWidth = visibleCharacter.visibleWidth;
		}

		const token = {
			type: 'character',
			value,
			visibleWidth,
			isGraphemeContinuation: visibleCharacter ? visibleCharacter.isGraphemeContinuation : false,
		};

		tokens.push(token);
		index += value.length;
		visibleCharacterIndex++;
		visibleCount += token.visibleWidth;

		if (visibleCount >= endCharacter) {
			const nextVisibleCharacter = visibleCharacters[visibleCharacterIndex];
			if (
				!nextVisibleCharacter
				|| !nextVisibleCharacter.isGraphemeContinuation
			) {
				index = appendTrailingAnsiTokens(string, index, tokens);
				break;
			}
		}
	}

	return tokens;
}

function areValuesInSameGrapheme(leftValue, rightValue) {
	const pair = `${leftValue}${rightValue}`;
	const splitIndex = leftValue.length;

	for (const segment of GRAPHEME_SEGMENTER.segment(pair)) {
		if (segment.index === splitIndex) {
			return false;
		}

		if (segment.index > splitIndex) {
			return true;
		}
	}

	return true;
}

function hasAnsiSplitContinuationAhead(string, startIndex, previousVisibleValue, graphemeSegments) {
	if (!previousVisibleValue) {
		return false;
	}

	let index = startIndex;
	let hasAnsiCode = false;
	while (index < string.length) {
		const codePoint = string.codePointAt(index);
		if (tokenize_ansi_ESCAPES.has(codePoint)) {
			const code = parseAnsiCode(string, index);
			if (code) {
				hasAnsiCode = true;
				index = code.endIndex;
				continue;
			}
		}

		if (!hasAnsiCode) {
			return false;
		}

		const characterToken = parseCharacterTokenWithRawSegmentation(string, index, graphemeSegments);
		if (!characterToken) {
			return true;
		}

		return areValuesInSameGrapheme(previousVisibleValue, characterToken.token.value);
	}

	return false;
}

function tokenizeAnsi(string, {endCharacter = Number.POSITIVE_INFINITY} = {}) {
	const tokens = [];
	const graphemeSegments = GRAPHEME_SEGMENTER.segment(string);

	let index = 0;
	let visibleCount = 0;
	let previousVisibleValue;
	let hasAnsiSinceLastVisible = false;
	while (index < string.length) {
		const codePoint = string.codePointAt(index);

		if (tokenize_ansi_ESCAPES.has(codePoint)) {
			const code = parseAnsiCode(string, index);
			if (code) {
				tokens.push(code.token);
				index = code.endIndex;
				hasAnsiSinceLastVisible = true;
				continue;
			}
		}

		const characterToken = parseCharacterTokenWithRawSegmentation(string, index, graphemeSegments);
		if (!characterToken) {
			return tokenizeAnsiWithVisibleSegmentation(string, {endCharacter});
		}

		if (
			hasAnsiSinceLastVisible
			&& previousVisibleValue
			&& areValuesInSameGrapheme(previousVisibleValue, characterToken.token.value)
		) {
			return tokenizeAnsiWithVisibleSegmentation(string, {endCharacter});
		}

		tokens.push(characterToken.token);
		index = characterToken.endIndex;
		visibleCount += characterToken.token.visibleWidth;
		hasAnsiSinceLastVisible = false;
		previousVisibleValue = characterToken.token.value;

		if (visibleCount >= endCharacter) {
			if (hasAnsiSplitContinuationAhead(string, index, previousVisibleValue, graphemeSegments)) {
				return tokenizeAnsiWithVisibleSegmentation(string, {endCharacter});
			}

			index = appendTrailingAnsiTokens(string, index, tokens);
			break;
		}
	}

	return tokens;
}

;// CONCATENATED MODULE: ../../work/main/node_modules/slice-ansi/index.js


function applySgrFragments(activeStyles, fragments) {
	for (const fragment of fragments) {
		switch (fragment.type) {
			case 'reset': {
				activeStyles.clear();
				break;
			}

			case 'end': {
				activeStyles.delete(fragment.endCode);
				break;
			}

			case 'start': {
				activeStyles.delete(fragment.endCode);
				activeStyles.set(fragment.endCode, fragment.code);
				break;
			}

			default: {
				break;
			}
		}
	}

	return activeStyles;
}

function undoAnsiCodes(activeStyles) {
	return [...activeStyles.keys()].reverse().join('');
}

function closeHyperlink(hyperlinkToken) {
	return `${hyperlinkToken.closePrefix}${hyperlinkToken.terminator}`;
}

function shouldIncludeSgrAfterEnd(token, activeStyles) {
	let hasStartFragment = false;
	let hasClosingEffect = false;

	for (const fragment of token.fragments) {
		if (fragment.type === 'start') {
			hasStartFragment = true;
			continue;
		}

		if (fragment.type === 'reset' && activeStyles.size > 0) {
			hasClosingEffect = true;
			continue;
		}

		if (fragment.type === 'end' && activeStyles.has(fragment.endCode)) {
			hasClosingEffect = true;
		}
	}

	return hasClosingEffect && !hasStartFragment;
}

function slice_ansi_applySgrToken({token, isPastEnd, activeStyles, returnValue, include, activeHyperlink, position}) {
	if (isPastEnd && !shouldIncludeSgrAfterEnd(token, activeStyles)) {
		return {
			activeStyles,
			activeHyperlink,
			position,
			returnValue,
			include,
		};
	}

	activeStyles = applySgrFragments(activeStyles, token.fragments);
	if (include) {
		returnValue += token.code;
	}

	return {
		activeStyles,
		activeHyperlink,
		position,
		returnValue,
		include,
	};
}

function applyHyperlinkToken({token, isPastEnd, activeStyles, activeHyperlink, position, returnValue, include}) {
	if (
		isPastEnd
		&& (
			token.action !== 'close'
			|| !activeHyperlink
		)
	) {
		return {
			activeStyles,
			activeHyperlink,
			position,
			returnValue,
			include,
		};
	}

	if (token.action === 'open') {
		activeHyperlink = token;
	} else if (token.action === 'close') {
		activeHyperlink = undefined;
	}

	if (include) {
		returnValue += token.code;
	}

	return {
		activeStyles,
		activeHyperlink,
		position,
		returnValue,
		include,
	};
}

function applyControlToken({token, isPastEnd, activeStyles, activeHyperlink, position, returnValue, include}) {
	if (!isPastEnd && include) {
		returnValue += token.code;
	}

	return {
		activeStyles,
		activeHyperlink,
		position,
		returnValue,
		include,
	};
}

function applyCharacterToken({token, start, activeStyles, activeHyperlink, position, returnValue, include}) {
	if (
		!include
		&& position >= start
		&& !token.isGraphemeContinuation
	) {
		include = true;
		returnValue = [...activeStyles.values()].join('');
		if (activeHyperlink) {
			returnValue += activeHyperlink.code;
		}
	}

	if (include) {
		returnValue += token.value;
	}

	position += token.visibleWidth;
	return {
		activeStyles,
		activeHyperlink,
		position,
		returnValue,
		include,
	};
}

const tokenHandlers = {
	sgr: slice_ansi_applySgrToken,
	hyperlink: applyHyperlinkToken,
	control: applyControlToken,
	character: applyCharacterToken,
};

function applyToken(parameters) {
	const tokenHandler = tokenHandlers[parameters.token.type];
	if (!tokenHandler) {
		const {
			activeStyles,
			activeHyperlink,
			position,
			returnValue,
			include,
		} = parameters;

		return {
			activeStyles,
			activeHyperlink,
			position,
			returnValue,
			include,
		};
	}

	return tokenHandler(parameters);
}

function createHasContinuationAheadMap(tokens) {
	const hasContinuationAhead = Array.from({length: tokens.length}, () => false);
	let nextCharacterIsContinuation = false;

	for (let tokenIndex = tokens.length - 1; tokenIndex >= 0; tokenIndex--) {
		const token = tokens[tokenIndex];
		hasContinuationAhead[tokenIndex] = nextCharacterIsContinuation;
		if (token.type === 'character') {
			nextCharacterIsContinuation = Boolean(token.isGraphemeContinuation);
		}
	}

	return hasContinuationAhead;
}

function sliceAnsi(string, start, end) {
	const tokens = tokenizeAnsi(string, {endCharacter: end});
	const hasContinuationAhead = createHasContinuationAheadMap(tokens);
	let activeStyles = new Map();
	let activeHyperlink;
	let position = 0;
	let returnValue = '';
	let include = false;

	for (const [tokenIndex, token] of tokens.entries()) {
		let isPastEnd = end !== undefined && position >= end;
		if (
			isPastEnd
			&& token.type !== 'character'
			&& hasContinuationAhead[tokenIndex]
		) {
			isPastEnd = false;
		}

		if (
			isPastEnd
			&& token.type === 'character'
			&& !token.isGraphemeContinuation
		) {
			break;
		}

		({activeStyles, activeHyperlink, position, returnValue, include} = applyToken({
			token,
			isPastEnd,
			start,
			activeStyles,
			activeHyperlink,
			position,
			returnValue,
			include,
		}));
	}

	if (!include) {
		return '';
	}

	if (activeHyperlink) {
		returnValue += closeHyperlink(activeHyperlink);
	}

	// Disable active codes at the end
	returnValue += undoAnsiCodes(activeStyles);

	return returnValue;
}

;// CONCATENATED MODULE: ../../work/main/node_modules/log-update/index.js







const log_update_getWidth = (stream, defaultWidth) => stream.columns ?? defaultWidth ?? 80;
const SYNCHRONIZED_OUTPUT_ENABLE = '\u001B[?2026h';
const SYNCHRONIZED_OUTPUT_DISABLE = '\u001B[?2026l';

const fitToTerminalHeight = (stream, wrappedText, defaultHeight) => {
	const terminalHeight = stream.rows ?? defaultHeight ?? 24;
	if (terminalHeight === undefined) {
		return {text: wrappedText, wasClipped: false};
	}

	// Zero height: intentionally produce no output
	if (terminalHeight === 0) {
		return {text: '', wasClipped: wrappedText !== ''};
	}

	const unstyled = stripAnsi(wrappedText);
	const newlineCount = [...unstyled].filter(character => character === '\n').length;
	const linesCount = newlineCount + 1;
	const toRemove = Math.max(0, linesCount - terminalHeight);
	if (toRemove === 0) {
		return {text: wrappedText, wasClipped: false};
	}

	let seen = 0;
	let cut = 0;
	for (const [index, character] of [...unstyled].entries()) {
		if (character === '\n') {
			seen++;
			if (seen === toRemove) {
				cut = index + 1;
				break;
			}
		}
	}

	return {text: sliceAnsi(wrappedText, cut), wasClipped: true};
};

/**
Find common prefix and suffix between frames.
*/
const diffFrames = (previousLines, nextLines) => {
	let start = 0;
	for (; start < previousLines.length && start < nextLines.length; start++) {
		if (previousLines[start] !== nextLines[start]) {
			break;
		}
	}

	let endPrevious = previousLines.length - 1;
	let endNext = nextLines.length - 1;
	while (endPrevious >= start && endNext >= start && previousLines[endPrevious] === nextLines[endNext]) {
		endPrevious--;
		endNext--;
	}

	return {start, endPrevious, endNext};
};

/**
Build a single escape sequence patch to transform previous -> next.
*/
const buildPatch = ({
	prevCount,
	start,
	endPrevious,
	endNext,
	nextLines,
	nextWrappedEndsWithNewline,
}) => {
	let sequence = '';

	// Move cursor up to the first changed line, starting from the trailing blank line.
	const upCount = Math.max(0, prevCount - 1 - start);
	if (upCount > 0) {
		sequence += cursorUp(upCount);
	}

	sequence += cursorLeft;

	// Clear the changed block from the previous frame.
	const linesToClear = Math.max(0, endPrevious - start + 1);
	for (let index = 0; index < linesToClear; index++) {
		sequence += eraseLine;

		if (index < linesToClear - 1) {
			sequence += cursorDown();
		}
	}

	if (linesToClear > 1) {
		sequence += cursorUp(linesToClear - 1);
	}

	sequence += cursorLeft;

	// Write the new changed block.
	const wroteSlice = nextLines.slice(start, endNext + 1);
	if (wroteSlice.length > 0) {
		const chunk = wroteSlice.join('\n');
		sequence += chunk;

		// Ensure we do not leave trailing characters on the last written line
		sequence += eraseEndLine;

		if (nextWrappedEndsWithNewline && !chunk.endsWith('\n')) {
			sequence += '\n';
		}
	}

	// Reposition cursor to the final trailing blank line for the next call
	const currentLine = start + wroteSlice.length;
	const finalLine = nextLines.length - 1;
	const downCount = finalLine - currentLine;
	if (downCount > 0) {
		sequence += cursorDown(downCount);
	}

	return sequence;
};

function createLogUpdate(stream, {showCursor = false, defaultWidth, defaultHeight} = {}) {
	let previousLineCount = 0;
	let previousWidth = log_update_getWidth(stream, defaultWidth);
	let previousOutput = '';
	const useSynchronizedOutput = stream.isTTY === true;

	const write = output => {
		if (output === '') {
			return;
		}

		if (useSynchronizedOutput) {
			stream.write(SYNCHRONIZED_OUTPUT_ENABLE + output + SYNCHRONIZED_OUTPUT_DISABLE);
			return;
		}

		stream.write(output);
	};

	/**
	Normalize, wrap, and height-clip into a concrete frame.

	Returns both the wrapped string and an array of lines, where an empty frame (for `rows === 0`) is represented by `lines.length === 0`.
	*/
	const computeFrame = (text, width) => {
		// Preserve user's trailing newlines, ensure at least one
		const textString = String(text);
		const raw = textString.endsWith('\n') ? textString : `${textString}\n`;
		const wrapped = wrapAnsi(raw, width, {trim: false, hard: true, wordWrap: false});
		const {text: clippedText, wasClipped} = fitToTerminalHeight(stream, wrapped, defaultHeight);

		// Derive lines. Special-case empty string to represent 0 lines.
		const lines = clippedText === '' ? [] : clippedText.split('\n');
		return {wrapped: clippedText, lines, wasClipped};
	};

	const reset = () => {
		previousOutput = '';
		previousWidth = log_update_getWidth(stream, defaultWidth);
		previousLineCount = 0;
	};

	const render = (...arguments_) => {
		if (!showCursor) {
			cli_cursor.hide();
		}

		const width = log_update_getWidth(stream, defaultWidth);
		const {wrapped, lines, wasClipped} = computeFrame(arguments_.join(' '), width);

		// If nothing would be written (rows === 0 after clipping), skip I/O but update state.
		if (lines.length === 0) {
			previousOutput = wrapped;
			previousWidth = width;
			previousLineCount = 0;
			return;
		}

		// Fast no-op path
		if (wrapped === previousOutput && previousWidth === width) {
			return;
		}

		// First frame: just write
		if (previousLineCount === 0) {
			write(wrapped);

			previousOutput = wrapped;
			previousWidth = width;
			previousLineCount = lines.length;
			return;
		}

		// Width changed or content clipped: full erase + write (diffing is invalid across wraps/clips)
		if (previousWidth !== width || wasClipped) {
			write(eraseLines(previousLineCount) + wrapped);

			previousOutput = wrapped;
			previousWidth = width;
			previousLineCount = lines.length;
			return;
		}

		const previousLines = previousOutput === '' ? [] : previousOutput.split('\n');
		const {start, endPrevious, endNext} = diffFrames(previousLines, lines);

		// If nothing changed (including trailing blank logic), bail
		if (start === lines.length && previousLineCount === lines.length) {
			return;
		}

		// If common prefix length is zero, simpler and correct to full erase.
		if (start === 0) {
			write(eraseLines(previousLineCount) + wrapped);

			previousOutput = wrapped;
			previousWidth = width;
			previousLineCount = lines.length;
			return;
		}

		const patch = buildPatch({
			prevCount: previousLineCount,
			start,
			endPrevious,
			endNext,
			nextLines: lines,
			nextWrappedEndsWithNewline: wrapped.endsWith('\n'),
		});

		write(patch);

		previousOutput = wrapped;
		previousWidth = width;
		previousLineCount = lines.length;
	};

	render.clear = () => {
		write(eraseLines(previousLineCount));
		reset();
	};

	render.done = () => {
		reset();
		if (!showCursor) {
			cli_cursor.show();
		}
	};

	render.persist = (...arguments_) => {
		const erasePrevious = previousLineCount > 0 ? eraseLines(previousLineCount) : '';
		if (previousLineCount > 0) {
			previousLineCount = 0;
		}

		const text = `${arguments_.join(' ')}`;
		const width = log_update_getWidth(stream, defaultWidth);
		const {wrapped: wrappedText} = computeFrame(text, width);
		write(erasePrevious + wrappedText);

		reset();
	};

	return render;
}

const logUpdate = createLogUpdate(external_node_process_.stdout);

/* harmony default export */ const log_update = ((/* unused pure expression or super */ null && (logUpdate)));

const logUpdateStderr = createLogUpdate(external_node_process_.stderr);

;// CONCATENATED MODULE: ./build/platform/terminal-view.js



const terminal_view_frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const marks = {
    done: (0,external_node_util_namespaceObject.styleText)('green', '✔'), failed: (0,external_node_util_namespaceObject.styleText)('red', '✖'), cancelled: (0,external_node_util_namespaceObject.styleText)('yellow', '◼'),
};
const titleWidth = 34;
/** One live line for each running step, with a bar where its length is known; a finished step stays as one line. */
function createTerminalView(stream, options) {
    const update = createLogUpdate(stream, { showCursor: true });
    const live = [];
    const paint = () => update(live.map((step) => formatLive(step, stream.columns)).join('\n'));
    const timer = setInterval(paint, 100);
    timer.unref();
    const keep = (line) => {
        update.clear();
        stream.write(`${line}\n`);
        paint();
    };
    const find = (title) => live.find((step) => step.title === title);
    return {
        started: (title) => {
            live.push({ title, since: Date.now(), latest: '', said: '' });
            paint();
        },
        info: (title, line) => {
            const said = sanitizeLine(line);
            Object.assign(find(title) ?? {}, { said, latest: said });
        },
        detail: (title, line) => {
            if (options.verbose)
                keep((0,external_node_util_namespaceObject.styleText)('dim', `  ${title}: ${sanitizeLine(line)}`));
        },
        warn: (title, line) => keep(`${(0,external_node_util_namespaceObject.styleText)('yellow', '!')} ${title}: ${sanitizeLine(line)}`),
        progress: (title, label, done, total) => {
            Object.assign(find(title) ?? {}, { latest: sanitizeLine(formatProgress(label, done, total)) });
        },
        finished: (title, outcome, milliseconds) => {
            const step = find(title);
            if (step !== undefined)
                live.splice(live.indexOf(step), 1);
            keep(`${marks[outcome]} ${title.padEnd(titleWidth)} ${formatDuration(milliseconds).padStart(10)}  ${step?.said ?? ''}`.trimEnd());
        },
        close: () => {
            clearInterval(timer);
            update.clear();
            update.done();
        },
    };
}
function formatLive(step, columns) {
    const elapsed = Date.now() - step.since;
    const frame = terminal_view_frames[Math.floor(elapsed / 100) % terminal_view_frames.length] ?? '';
    const line = `${frame} ${step.title.padEnd(titleWidth)} ${formatDuration(elapsed).padStart(10)}  ${step.latest}`;
    return columns > 0 ? line.slice(0, columns - 1) : line;
}
function formatProgress(label, done, total) {
    if (total === undefined || total === 0)
        return `${label} ${formatBytes(done)}`;
    const filled = Math.round(Math.min(1, done / total) * 20);
    return `${'█'.repeat(filled)}${'░'.repeat(20 - filled)} ${label} ${formatBytes(done)} of ${formatBytes(total)}`;
}

;// CONCATENATED MODULE: ./build/platform/version.js
/** The version of this product; the release sets it together with `package.json`, which a test compares. */
const productVersion = '0.1.0';

// EXTERNAL MODULE: ../../work/main/node_modules/commander/index.js
var commander = __nccwpck_require__(637);
;// CONCATENATED MODULE: ../../work/main/node_modules/commander/esm.mjs


// wrapper to provide named exports for ESM.
const {
  /* program */ "DM": program,
  /* createCommand */ "gu": createCommand,
  /* createArgument */ "er": createArgument,
  /* createOption */ "Ww": createOption,
  /* CommanderError */ "b7": CommanderError,
  /* InvalidArgumentError */ "Di": InvalidArgumentError,
  /* InvalidOptionArgumentError */ "a2": InvalidOptionArgumentError, // deprecated old name
  /* Command */ "uB": Command,
  /* Argument */ "ef": Argument,
  /* Option */ "c$": Option,
  /* Help */ "_V": Help,
} = commander;

;// CONCATENATED MODULE: external "node:url"
const external_node_url_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:url");
;// CONCATENATED MODULE: ./build/base/bootstrap-recipe.js
/** How an image is made from a distribution's packages: data alone. A change of what is made that a recipe does not show raises this. */
const recipeSchema = 1;
/** The suites that the recipe fits: those where systemd-resolved is a package of its own. */
const suites = {
    debian: ['bookworm', 'trixie', 'forky', 'sid'],
    ubuntu: ['noble', 'plucky', 'questing', 'resolute'],
};
const bootstrapSuites = [...suites.debian, ...suites.ubuntu];
function distributionOf(suite) {
    return suites.ubuntu.includes(suite) ? 'ubuntu' : 'debian';
}
function createRecipe(suite) {
    const distribution = distributionOf(suite);
    return {
        schema: recipeSchema,
        suite,
        architecture: 'amd64',
        components: distribution === 'ubuntu' ? ['main', 'universe'] : ['main'],
        packages: [distribution === 'ubuntu' ? 'linux-image-virtual' : 'linux-image-cloud-amd64', ...commonPackages],
        files: systemFiles,
    };
}
const commonPackages = [
    'ca-certificates', 'cloud-init', 'curl', 'initramfs-tools', 'iproute2', 'netplan.io', 'openssh-server', 'systemd-resolved', 'systemd-sysv',
];
const sectorBytes = 512;
const mebibyte = 1024 ** 2 / sectorBytes;
/**
 * Noble's layout: root, BIOS boot, ESP and a /boot of its own, of 3.5 GiB in all. The numbers are not in the order of the disk,
 * and the last mebibyte has the copy of the table.
 */
const diskSectors = 3584 * mebibyte;
const partitions = {
    biosBoot: plan(14, 2048, 4 * mebibyte, '21686148-6449-6E6F-744E-656564454649'),
    esp: plan(15, 10_240, 106 * mebibyte, 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B'),
    boot: plan(16, 227_328, 913 * mebibyte, 'BC13C2FF-59E6-4262-A352-B275FD6F7172'),
    root: plan(1, 2_099_200, diskSectors - 2_099_200 - 2048, '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709'),
};
/** UUIDs are fixed, so that one tree makes one disk. They name a partition of this layout, nothing of a machine. */
function plan(number, start, size, type) {
    return { number, start, size, type, uuid: fixedUuid(number) };
}
function fixedUuid(number) {
    return `c4901de4-ba5e-4000-8000-${number.toString(16).padStart(12, '0')}`;
}
/** The input of sfdisk(8). */
function formatPartitionTable() {
    const lines = Object.values(partitions).map(({ number, start, size, type, uuid }) => (`${number} : start=${start}, size=${size}, type=${type}, uuid=${uuid}`));
    return ['label: gpt', `label-id: ${fixedUuid(0)}`, ...lines, ''].join('\n');
}
/** Files of the root filesystem that no package brings, as noble's image has them. */
const systemFiles = {
    // The ESP stays empty and out of here: the kernel is booted directly.
    'etc/fstab': 'LABEL=cloudimg-rootfs\t/\text4\tdiscard,errors=remount-ro\t0 1\nLABEL=BOOT\t/boot\text4\tdefaults\t0 2\n',
    // Other data sources are looked for on the network, which costs minutes where there is none.
    'etc/cloud/cloud.cfg.d/90_dpkg.cfg': 'datasource_list: [ NoCloud, None ]\n',
    // The default, en_US, is not installed: cloud-init would make it at the first boot and warn.
    'etc/cloud/cloud.cfg.d/91_locale.cfg': 'locale: C.UTF-8\n',
    // There is no GRUB to read it; it says the kernel's arguments where every Ubuntu image says them.
    'etc/default/grub.d/50-cloudimg-settings.cfg': 'GRUB_CMDLINE_LINUX_DEFAULT="console=tty1 console=ttyS0"\n',
};
/** What a maintainer script or the host left in the tree and every copy would share. */
const machineFiles = [
    'etc/hostname',
    ...['ecdsa', 'ed25519', 'rsa'].flatMap((kind) => [`etc/ssh/ssh_host_${kind}_key`, `etc/ssh/ssh_host_${kind}_key.pub`]),
];

;// CONCATENATED MODULE: ./build/base/base-reference.js



const allowed = 'base-image: an Ubuntu suite such as noble | a path such as ./base.qcow2 | an http(s) or file URL | bootstrap:<suite>';
/** Tells the kinds of references apart by their form alone. @throws UsageError */
function parseReference(reference) {
    const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/i.exec(reference) ?? [];
    switch (scheme?.toLowerCase()) {
        case undefined: return parsePlain(reference);
        case 'bootstrap': return parseBootstrap(rest);
        case 'file': return { kind: 'path', path: parseFileUrl(reference) };
        case 'http':
        case 'https': return { kind: 'url', url: parseUrl(reference) };
        default: throw new UsageError(`base-image is of an unknown kind: '${scheme ?? ''}:'`, { mend: allowed });
    }
}
/** A word is a suite; what has a slash or a dot is a path. */
function parsePlain(reference) {
    if (/[/.]/.test(reference))
        return { kind: 'path', path: reference };
    if (!/^[a-z]+$/.test(reference))
        throw new UsageError(`base-image '${reference}' is neither a suite nor a path`, { mend: allowed });
    if (bootstrapSuites.includes(reference) && distributionOf(reference) === 'debian') {
        throw new UsageError(`base-image '${reference}' is a suite of Debian`, { mend: `base-image: bootstrap:${reference}` });
    }
    return { kind: 'ubuntu', suite: reference };
}
function parseBootstrap(suite) {
    if (bootstrapSuites.includes(suite))
        return { kind: 'bootstrap', suite };
    throw new UsageError(`base-image 'bootstrap:${suite}' is unknown`, { mend: `base-image: bootstrap:<${bootstrapSuites.join(' | ')}>` });
}
function parseFileUrl(reference) {
    try {
        return (0,external_node_url_namespaceObject.fileURLToPath)(reference);
    }
    catch (error) {
        throw new UsageError(`base-image '${reference}' is no URL of a file on this machine`, { mend: 'base-image: file:///path', cause: error });
    }
}
function parseUrl(reference) {
    if (URL.canParse(reference))
        return reference;
    throw new UsageError('base-image is not a well-formed URL', { mend: allowed });
}

;// CONCATENATED MODULE: external "node:stream/promises"
const external_node_stream_promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream/promises");
;// CONCATENATED MODULE: ./build/platform/files.js





/** The SHA-256 of a file as 64 hexadecimal digits; read as a stream, so memory does not grow with the file. */
async function sha256OfFile(path, signal) {
    const hash = (0,external_node_crypto_namespaceObject.createHash)('sha256');
    await (0,external_node_stream_promises_namespaceObject.pipeline)((0,external_node_fs_.createReadStream)(path, { highWaterMark: 1024 ** 2 }), hash, signal === undefined ? {} : { signal });
    return hash.digest('hex');
}
/** The SHA-256 of a text or of bytes as 64 hexadecimal digits. */
function sha256Of(content) {
    return (0,external_node_crypto_namespaceObject.createHash)('sha256').update(content).digest('hex');
}
async function pathExists(path) {
    return (0,external_node_fs_promises_namespaceObject.access)(path).then(() => true, () => false);
}
/** Replaces a file so that a reader sees the old content or the new, also after a crash of the machine. */
async function writeFileAtomically(path, content, mode = 0o644) {
    const part = `${path}.part-${process.pid}-${Math.random().toString(36).slice(2)}`;
    try {
        const file = await (0,external_node_fs_promises_namespaceObject.open)(part, 'wx', mode);
        try {
            await file.writeFile(content);
            await file.sync();
        }
        finally {
            await file.close();
        }
        await (0,external_node_fs_promises_namespaceObject.rename)(part, path);
    }
    catch (error) {
        await (0,external_node_fs_promises_namespaceObject.rm)(part, { force: true });
        throw error;
    }
    await syncFolder((0,external_node_path_.dirname)(path));
}
/** Makes the names in a folder durable: a rename or a link is lost in a power cut until its folder is synced. */
async function syncFolder(folder) {
    const handle = await (0,external_node_fs_promises_namespaceObject.open)(folder, 'r');
    try {
        await handle.sync();
    }
    finally {
        await handle.close();
    }
}

;// CONCATENATED MODULE: ./build/daemon/elf.js

/** Names and numbers of elf(5). */
const headerSize = 64;
const segmentSize = 56;
const sectionSize = 64;
const segmentType = { load: 1, dynamic: 2, interpreter: 3 };
const sectionWithoutBytes = 8;
const neededTag = 1n;
const machineNames = { 3: 'x86 (32 bit)', 40: 'arm', 183: 'arm64', 243: 'riscv64' };
const typeNames = { 1: 'an object file', 4: 'a core dump' };
/** No linker comes near these: what a hostile file claims cannot make us read more. */
const mostSegments = 256;
const mostSections = 4096;
const largestDynamic = 64 * 1024;
const largestNames = 1024 ** 2;
const buildStatic = 'build it with CGO_ENABLED=0';
const buildForAmd64 = 'build it with GOOS=linux GOARCH=amd64';
/**
 * Checks that the file is a whole program that Linux on x86-64 runs without any library, and finds its sections.
 * @throws Failure with the reason, as the rest of a sentence that begins with the file's name
 */
async function readStaticProgram(reader) {
    const header = await reader.read(0, Math.min(headerSize, reader.size));
    checkHeader(header);
    const segments = await readSegments(header, reader);
    checkEntryPoint(header, segments);
    await checkStatic(segments, reader);
    return readSections(header, reader);
}
function checkHeader(header) {
    if (header.length === 0)
        throw new Failure('is empty');
    if (header.subarray(0, 4).toString('latin1') !== '\x7fELF') {
        throw new Failure(`is ${describeOther(header)}, not a Linux program`, { mend: buildForAmd64 });
    }
    if (header.length < headerSize)
        throw new Failure('is cut off: its ELF header is not whole');
    if (header.readUInt8(4) !== 2)
        throw new Failure('is a 32-bit program: a 64-bit one is needed', { mend: buildForAmd64 });
    const machine = header.readUInt16LE(18);
    if (header.readUInt8(5) !== 1 || machine !== 62) {
        throw new Failure(`is built for ${machineNames[machine] ?? 'another machine'}: x86-64 is needed`, { mend: buildForAmd64 });
    }
    const type = header.readUInt16LE(16);
    if (type !== 2 && type !== 3)
        throw new Failure(`is ${typeNames[type] ?? `an ELF file of type ${type}`}, not a program`);
}
function describeOther(header) {
    const start = header.toString('latin1');
    if (start.startsWith('#!'))
        return 'a script';
    if (start.startsWith('!<arch>'))
        return 'a library archive';
    if (start.startsWith('MZ'))
        return 'a Windows program';
    if (start.startsWith('\xcf\xfa\xed\xfe'))
        return 'a macOS program';
    return 'of an unknown format';
}
async function readSegments(header, reader) {
    const table = await readTable({
        kind: 'segments', offset: readOffset(header, 32), entrySize: header.readUInt16LE(54), count: header.readUInt16LE(56),
        expectedSize: segmentSize, most: mostSegments,
    }, reader);
    return table.map((entry) => {
        const segment = {
            type: entry.readUInt32LE(0),
            executable: (entry.readUInt32LE(4) & 1) !== 0,
            offset: readOffset(entry, 8),
            address: readOffset(entry, 16),
            fileSize: readOffset(entry, 32),
            memorySize: readOffset(entry, 40),
        };
        checkRange(segment.offset, segment.fileSize, reader);
        return segment;
    });
}
/** A shared library has the headers of a program, but nothing to start. */
function checkEntryPoint(header, segments) {
    const entry = readOffset(header, 24);
    const code = segments.find(({ type, executable, address, memorySize }) => type === segmentType.load && executable && entry >= address && entry < address + memorySize);
    if (code === undefined)
        throw new Failure('has no entry point in its code: it is a library or damaged');
}
async function checkStatic(segments, reader) {
    const interpreter = segments.find(({ type }) => type === segmentType.interpreter);
    if (interpreter !== undefined) {
        const bytes = await reader.read(interpreter.offset, Math.min(interpreter.fileSize, 256));
        const name = bytes.toString('latin1').replace(/\0.*$/s, '');
        throw new Failure(`is dynamically linked: it needs ${JSON.stringify(name)}`, { mend: buildStatic });
    }
    for (const { offset, fileSize } of segments.filter(({ type }) => type === segmentType.dynamic)) {
        if (fileSize > largestDynamic)
            throw new Failure(`is damaged: a dynamic section of ${fileSize} bytes`);
        if (needsLibrary(await reader.read(offset, fileSize))) {
            throw new Failure('is dynamically linked: it needs shared libraries', { mend: buildStatic });
        }
    }
}
function needsLibrary(dynamic) {
    for (let at = 0; at + 16 <= dynamic.length; at += 16) {
        if (dynamic.readBigUInt64LE(at) === neededTag)
            return true;
    }
    return false;
}
async function readSections(header, reader) {
    const table = await readTable({
        kind: 'sections', offset: readOffset(header, 40), entrySize: header.readUInt16LE(58), count: header.readUInt16LE(60),
        expectedSize: sectionSize, most: mostSections,
    }, reader);
    const names = await readSectionNames(table[header.readUInt16LE(62)], reader);
    return table.filter((entry) => entry.readUInt32LE(4) !== sectionWithoutBytes).map((entry) => {
        const { offset, size } = readSectionRange(entry);
        checkRange(offset, size, reader);
        return { name: readName(names, entry.readUInt32LE(0)), offset, size };
    });
}
async function readSectionNames(entry, reader) {
    if (entry === undefined)
        return Buffer.alloc(0);
    const { offset, size } = readSectionRange(entry);
    checkRange(offset, size, reader);
    return reader.read(offset, Math.min(size, largestNames));
}
function readSectionRange(entry) {
    return { offset: readOffset(entry, 24), size: readOffset(entry, 32) };
}
function readName(names, start) {
    const end = names.indexOf(0, start);
    return end < 0 ? '' : names.toString('latin1', start, end);
}
async function readTable({ kind, offset, entrySize, count, expectedSize, most }, reader) {
    if (count === 0)
        return [];
    if (entrySize !== expectedSize || count > most)
        throw new Failure(`is damaged: ${count} ${kind} of ${entrySize} bytes`);
    checkRange(offset, count * entrySize, reader);
    const table = await reader.read(offset, count * entrySize);
    return Array.from({ length: count }, (_, index) => table.subarray(index * entrySize, (index + 1) * entrySize));
}
function checkRange(offset, size, reader) {
    if (offset + size > reader.size)
        throw new Failure(`is cut off: its headers speak of more than its ${reader.size} bytes`);
}
/** Beyond 2^53 it is inexact, and beyond the end of any file. */
function readOffset(bytes, at) {
    return Number(bytes.readBigUInt64LE(at));
}

;// CONCATENATED MODULE: ./build/daemon/go-build-info.js
/** The name of the section that holds it. */
const goBuildInfoSection = '.go.buildinfo';
/** Source: Go, src/debug/buildinfo/buildinfo.go; the inline format of Go 1.18 and later. */
const magic = Buffer.from('\xff Go buildinf:', 'latin1');
const flagsAt = 15;
const inlineStrings = 2;
const stringsAt = 32;
/** Random bytes that frame the module text, so that a program can be found that holds it without this section. */
const frameSize = 16;
const line = /^[\x20-\x7e]{1,200}$/;
const modulePath = /^[\x21-\x7e]{1,400}$/;
const moduleVersion = /^[\x21-\x7e]{1,200}$/;
const moduleSum = /^h1:[A-Za-z0-9+/=]{44}$/;
/** Parses the section; undefined where it is from before Go 1.18 or not what Go writes. */
function tryParseGoBuildInfo(section) {
    if (section.length < stringsAt || !section.subarray(0, magic.length).equals(magic))
        return undefined;
    if ((section.readUInt8(flagsAt) & inlineStrings) === 0)
        return undefined;
    const goVersion = tryReadString(section, stringsAt);
    if (goVersion === undefined || !line.test(goVersion.text))
        return undefined;
    const framed = tryReadString(section, goVersion.end)?.text ?? '';
    const modules = tryParseModules(framed.slice(frameSize, -frameSize));
    return modules === undefined ? undefined : { goVersion: goVersion.text, ...modules };
}
/** A string behind its length as a varint of at most 28 bits. */
function tryReadString(section, start) {
    let length = 0;
    for (let index = 0; index < 4; index += 1) {
        const byte = section[start + index];
        if (byte === undefined)
            return undefined;
        length += (byte & 0x7f) * 128 ** index;
        if (byte < 0x80) {
            const begin = start + index + 1;
            return begin + length > section.length ? undefined : { text: section.toString('latin1', begin, begin + length), end: begin + length };
        }
    }
    return undefined;
}
/** Lines of words with tabs between them: `mod`, `dep` and `=>` (which replaces the `dep` before it) name modules, `build` a setting. */
function tryParseModules(text) {
    const modules = [];
    let revision;
    for (const [kind, ...words] of text.split('\n').map((row) => row.split('\t'))) {
        if (kind === 'mod' || kind === 'dep' || kind === '=>') {
            const replaced = kind === '=>' ? modules.pop() : undefined;
            const module = tryParseModule(words, replaced);
            if (module === undefined)
                return undefined;
            modules.push(module);
        }
        if (kind === 'build')
            revision ??= /^vcs\.revision=([0-9a-f]{40,64})$/.exec(words[0] ?? '')?.[1];
    }
    return { modules, ...(revision === undefined ? {} : { revision }) };
}
function tryParseModule([path = '', version = '', sum = ''], replaced) {
    if (!modulePath.test(path) || !moduleVersion.test(version))
        return undefined;
    // A folder that replaces a module is a path of the machine that built it: the module keeps its name.
    const name = replaced !== undefined && /^[./]/.test(path) ? replaced.path : path;
    return { path: name, version, ...(moduleSum.test(sum) ? { sum } : {}) };
}

;// CONCATENATED MODULE: ./build/daemon/inspect-binary.js





const largestBuildInfo = 4 * 1024 ** 2;
const searchedAtOnce = 1024 ** 2;
/** Checks a binary and says what it is; ranges of the file are read, never the whole. @throws Failure with the reason for which it is refused */
async function inspectBinary(path) {
    return withSections(path, async (sections, reader) => {
        const info = await tryReadGoBuildInfo(sections, reader);
        return {
            daemon: {
                path,
                size: reader.size,
                sha256: await sha256OfFile(path),
                ...(info === undefined ? {} : { goVersion: info.goVersion }),
                modules: info?.modules ?? [],
            },
            ...(info?.revision === undefined ? {} : { revision: info.revision }),
        };
    });
}
/**
 * True where a Go variable is in the binary. The linker is silent about `-X` for a variable that is not there.
 * @throws Failure as `inspectBinary` does
 */
async function hasGoVariable(path, variable) {
    const names = [variable, escapeLikeLinker(variable)].map((name) => Buffer.from(`\0${name}\0`, 'latin1'));
    return withSections(path, async (sections, reader) => {
        const table = sections.find(({ name }) => name === '.strtab');
        return table !== undefined && await sectionIncludes(table, names, reader);
    });
}
/** In symbols, dots in the last element of an import path are escaped. Source: Go, src/cmd/internal/objabi/path.go. */
function escapeLikeLinker(variable) {
    const slash = variable.lastIndexOf('/') + 1;
    const dot = variable.lastIndexOf('.');
    return variable.slice(0, slash) + variable.slice(slash, dot).replaceAll('.', '%2e') + variable.slice(dot);
}
async function sectionIncludes(section, needles, reader) {
    const overlap = Math.max(...needles.map(({ length }) => length));
    for (let at = 0; at < section.size; at += searchedAtOnce) {
        const piece = await reader.read(section.offset + at, Math.min(searchedAtOnce + overlap, section.size - at));
        if (needles.some((needle) => piece.includes(needle)))
            return true;
    }
    return false;
}
async function tryReadGoBuildInfo(sections, reader) {
    const section = sections.find(({ name }) => name === goBuildInfoSection);
    if (section === undefined || section.size > largestBuildInfo)
        return undefined;
    return tryParseGoBuildInfo(await reader.read(section.offset, section.size));
}
async function withSections(path, use) {
    const file = await (0,external_node_fs_promises_namespaceObject.open)(path, 'r');
    try {
        const reader = { size: (await file.stat()).size, read: async (offset, length) => readExactly(file, offset, length) };
        return await use(await readStaticProgram(reader), reader);
    }
    finally {
        await file.close();
    }
}
async function readExactly(file, offset, length) {
    const buffer = Buffer.alloc(length);
    for (let done = 0; done < length;) {
        const { bytesRead } = await file.read(buffer, done, length - done, offset + done);
        if (bytesRead === 0)
            throw new Failure('became shorter while it was read');
        done += bytesRead;
    }
    return buffer;
}

;// CONCATENATED MODULE: ./build/daemon/go-builder.js





const halfAnHour = 1_800_000;
/** Compiles the daemon to `output`, an absolute path. @throws Failure with the compiler's lines as evidence */
async function buildWithGo(build, output, ports) {
    const folder = `${output}.build`;
    const command = goBuildCommand(build, folder);
    await checkModule(build);
    await (0,external_node_fs_promises_namespaceObject.mkdir)(folder);
    try {
        await compile({ ...command, onLine: ports.log.detail }, build, ports);
        const [binary] = await (0,external_node_fs_promises_namespaceObject.readdir)(folder);
        if (binary === undefined)
            throw new Failure(`go build ${build.packagePath} made nothing`);
        await checkStamp((0,external_node_path_.join)(folder, binary), build);
        await (0,external_node_fs_promises_namespaceObject.rename)((0,external_node_path_.join)(folder, binary), output);
    }
    finally {
        await (0,external_node_fs_promises_namespaceObject.rm)(folder, { recursive: true, force: true });
    }
}
/**
 * The command that compiles to a folder. Given a folder, Go refuses a package that is not `main` where it would
 * write an archive to a file. Symbols stay in: a crash in a sandbox can be looked into, for bytes that a host pulls once.
 * The commit stays out: in a monorepo each would make another daemon of the same code. With `-trimpath`, equal
 * sources make equal bytes.
 */
function goBuildCommand(build, folder) {
    const { version, versionVariable } = build;
    const stamp = version === undefined || versionVariable === undefined
        ? ''
        : `-X ${checkVersionVariable(versionVariable)}=${checkVersion(version)}`;
    return {
        argv: ['go', 'build', '-trimpath', '-buildvcs=false', `-ldflags=${stamp}`, '-o', `${folder}/`, checkPackagePath(build.packagePath)],
        cwd: build.source,
        env: { GOOS: 'linux', GOARCH: 'amd64', CGO_ENABLED: '0' },
        timeoutMs: halfAnHour,
    };
}
/** @throws UsageError unless it is a package by its folder, inside of the source: `.` or `./cmd/daemon`. */
function checkPackagePath(packagePath) {
    const [first, ...names] = packagePath.split('/');
    if (first === '.' && !packagePath.includes('...') && names.every((name) => /^[\w.-]+$/.test(name) && name !== '..'))
        return packagePath;
    throw new UsageError(`package ${JSON.stringify(packagePath)} is not a folder inside of the source`, { mend: 'give it as ./cmd/daemon' });
}
/** @throws UsageError unless the linker's `-X` takes it as one word: an import path, a dot, a name. */
function checkVersionVariable(variable) {
    if (variable.length <= 300 && /^[\w][\w./~-]*\.[A-Za-z_]\w*$/.test(variable))
        return variable;
    throw new UsageError(`version variable ${JSON.stringify(variable)} is not a Go variable`, {
        mend: 'give it as main.version or example.com/daemon/internal.Version',
    });
}
/** @throws UsageError unless the linker's `-X` and a header take it as one word. */
function checkVersion(version) {
    if (/^[A-Za-z0-9][\w.+~-]{0,127}$/.test(version))
        return version;
    throw new UsageError(`version ${JSON.stringify(version)} is not allowed`, {
        mend: 'use letters, digits and . _ + ~ - (at most 128), such as v1.2.3',
    });
}
async function checkModule({ source, packagePath }) {
    const folder = (0,external_node_path_.resolve)(source, packagePath);
    if (!await pathExists(folder)) {
        throw new Failure(`there is no package ${packagePath} in ${source}`, { mend: 'name the folder of the main package, such as ./cmd/daemon' });
    }
    if (await hasModule(folder))
        return;
    throw new Failure(`there is no go.mod for ${folder}`, { mend: `go mod init in ${source}, or name the folder of the module` });
}
async function hasModule(folder) {
    if (await pathExists((0,external_node_path_.join)(folder, 'go.mod')))
        return true;
    return (0,external_node_path_.dirname)(folder) !== folder && hasModule((0,external_node_path_.dirname)(folder));
}
async function compile(command, { packagePath, source }, { processes }) {
    try {
        await processes.run(command);
    }
    catch (error) {
        if (!(error instanceof ToolError) || error.exitCode === undefined)
            throw error;
        const { evidence } = error;
        if (evidence.includes('go: no main packages to build')) {
            throw new Failure(`package ${packagePath} in ${source} is not a main package`, {
                mend: 'name the folder that has "package main"', cause: error,
            });
        }
        throw new Failure(`the daemon does not compile: go build ${packagePath} in ${source}`, { evidence, cause: error });
    }
}
async function checkStamp(binary, { version, versionVariable }) {
    if (version === undefined || versionVariable === undefined || await hasGoVariable(binary, versionVariable))
        return;
    throw new Failure(`the daemon has no variable ${versionVariable} to take the version`, {
        mend: 'name a string variable that the program uses, with its import path: main.version',
    });
}

;// CONCATENATED MODULE: ./build/store/names.js

/** What ends the names of the files that each version has for itself. */
const fileSuffixes = { image: 'qcow2', kernel: 'vmlinuz', initramfs: 'initramfs' };
const versionsFolder = 'snapshots/';
const basesFolder = 'images/';
/**
 * A later part must begin with a letter: the files of an image `ubuntu-base.5` would pass for files of `ubuntu-base`.
 * Lower case alone, since a directory may lie on a file system that does not tell the cases apart.
 */
const imageName = /^[a-z0-9][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)*$/;
/** @throws UsageError unless it can name an image: `ubuntu-base`, `ubuntu-base.gpu`. */
function checkImageName(name) {
    if (name.length <= 100 && imageName.test(name))
        return name;
    throw new UsageError(`image name ${JSON.stringify(name)} is not allowed`, {
        mend: 'use lower-case letters, digits, - and _ (at most 100), in parts joined by dots; later parts begin with a letter',
    });
}
const channelName = /^[a-z][a-z0-9-]{0,63}$/;
/** @throws UsageError unless it can name a channel: `latest`. */
function checkChannelName(name) {
    if (channelName.test(name))
        return name;
    throw new UsageError(`channel ${JSON.stringify(name)} is not allowed`, {
        mend: 'use lower-case letters, digits and - (at most 64), a letter first',
    });
}
const keySegment = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;
/** @throws Failure unless it is plain names with slashes between them: no `..`, no hidden name, nothing absolute. */
function checkKey(key) {
    if (key.length <= 240 && key.split('/').every((segment) => keySegment.test(segment)))
        return key;
    throw new Failure(`${JSON.stringify(key)} is not a key of a store`);
}
/** The one mutable object of an image. */
function indexKey(image) {
    return `${versionsFolder}${image}.index.json`;
}
/** What the keys of every version of an image begin with; so do those of an image `<image>.x`: see `tryParseVersion`. */
function imagePrefix(image) {
    return `${versionsFolder}${image}.`;
}
function versionPrefix(image, version) {
    return `${imagePrefix(image)}${version}.`;
}
function documentKey(image, version, suffix) {
    return versionPrefix(image, version) + suffix;
}
/** The name of a version's own file, without a folder: `ubuntu-base.3.qcow2`. */
function versionFileName(image, version, role) {
    return `${image}.${version}.${fileSuffixes[role]}`;
}
/** How a layered image in `snapshots/` names its base, in a store and on a host. */
function backingFileOf(baseName) {
    return `../${basesFolder}${baseName}`;
}
/** The name of a base is its content's, so that one copy serves all versions: `<sha256>.qcow2`. */
function isBaseName(name, sha256) {
    return name.startsWith(`${sha256}.`) && /^[a-z0-9]{1,8}$/.test(name.slice(sha256.length + 1));
}
/** Where the file of a manifest lies in the store. */
function fileKey(file) {
    return (file.role === 'base' ? basesFolder : versionsFolder) + file.name;
}
/** The version that a key belongs to; undefined for keys of other images, such as `ubuntu-base.x` for `ubuntu-base`. */
function tryParseVersion(image, key) {
    const prefix = imagePrefix(image);
    if (!key.startsWith(prefix))
        return undefined;
    const digits = /^([1-9]\d{0,8})\./.exec(key.slice(prefix.length))?.[1];
    return digits === undefined ? undefined : Number(digits);
}

;// CONCATENATED MODULE: ./build/inputs/definitions.js
/** Every input of a build, in the order of the documentation. `action.yml` says the same; a test holds them together. */
const buildInputDefinitions = [
    { name: 'daemon-source', description: 'The folder in which the daemon is built.', default: '.' },
    { name: 'daemon-builder', description: 'How the daemon is built; prebuilt takes daemon-binary as it is.', default: 'go', values: ['go', 'nx', 'prebuilt'] },
    { name: 'daemon-package', description: 'The main package in daemon-source, for the builder go.', default: './cmd/daemon' },
    { name: 'daemon-binary', description: 'The path of a linux/amd64 binary, for the builder prebuilt.', default: '' },
    { name: 'daemon-version', description: 'The version of the daemon; the smoke test checks that /version answers it.', default: '' },
    { name: 'daemon-version-variable', description: 'The Go variable that is set to daemon-version, such as main.version.', default: '' },
    { name: 'daemon-env', description: 'Lines KEY=VALUE for the daemon\'s unit; specifiers of systemd such as %H work.', default: 'DAYTONA_SANDBOX_ID=%H' },
    { name: 'daemon-port', description: 'The port in the VM on which the daemon answers.', default: '2280' },
    { name: 'base-image', description: 'An Ubuntu suite such as noble, a path, a URL (with base-sha256), or bootstrap:SUITE to make one from packages.', default: 'noble' },
    { name: 'base-sha256', description: 'The SHA-256 that the base image must have.', default: '' },
    { name: 'allow-downgrade', description: 'Take a base that is older than the one of the newest version.', default: 'false', values: ['true', 'false'] },
    { name: 'layout', description: 'One standalone image, or an overlay over the base.', default: 'flattened', values: ['flattened', 'layered'] },
    { name: 'disk-size', description: 'The size of the disk in a VM.', default: '10G' },
    { name: 'compression', description: 'Of the image; auto inherits that of the base, and takes zstd where it has none.', default: 'auto', values: ['auto', 'inherit', 'zstd', 'zlib', 'none'] },
    { name: 'smoke', description: 'Boot the image and ask the daemon before anything is published.', default: 'true', values: ['true', 'false'] },
    { name: 'vmm', description: 'What boots the image in the smoke test.', default: 'auto', values: ['auto', 'qemu'] },
    { name: 'require-kvm', description: 'Fail where KVM does not work, instead of booting in slow emulation.', default: 'false', values: ['true', 'false'] },
    { name: 'health-path', description: 'The path that must answer 200; auto takes /health, or /version where the daemon has no /health.', default: 'auto' },
    { name: 'smoke-timeout', description: 'How long the smoke test may take in all.', default: '10m' },
    { name: 'smoke-memory', description: 'The memory of a VM in the smoke test.', default: '1G' },
    { name: 'smoke-cpus', description: 'The CPUs of a VM in the smoke test.', default: '2' },
    { name: 'clones', description: 'How many VMs the smoke test boots at once to find out whether two are alike.', default: '2' },
    { name: 'store', description: 'Where versions are published: the path of a folder, or file:///PATH.', default: '' },
    { name: 'image-name', description: 'The name of the image: versions are NAME.1, NAME.2 and so on.', default: 'ubuntu-base' },
    { name: 'version', description: 'The number of the version; the next free one where it is empty.', default: '' },
    { name: 'channel', description: 'The channel that is moved to the new version.', default: 'latest' },
    { name: 'keep', description: 'How many of the newest versions stay in the store; at least 2.', default: '5' },
    { name: 'if-unchanged', description: 'What to do when the base, the daemon and the plan are those of the newest version.', default: 'skip', values: ['skip', 'build'] },
    { name: 'dry-run', description: 'Build and boot the image, and publish nothing.', default: 'false', values: ['true', 'false'] },
    { name: 'output-folder', description: 'Keep the image, kernel and initramfs in this folder of the runner too.', default: '' },
    { name: 'cache-folder', description: 'Keeps base images and their digests between runs; a folder in the user\'s cache where it is empty.', default: '' },
    { name: 'work-folder', description: 'Takes the files of a run while it lasts; a temporary folder where it is empty.', default: '' },
    { name: 'report-folder', description: 'Write report.json, and after a failure the consoles of the VMs, into this folder.', default: '' },
    { name: 'summary', description: 'Write a summary of the job.', default: 'true', values: ['true', 'false'] },
];

;// CONCATENATED MODULE: ./build/inputs/parse.js


/** Parsers of input values: pure; each throws a UsageError that names the input, what it got, and what it takes. */
function parseBoolean(name, value) {
    return parseChoice(name, value.toLowerCase(), ['true', 'false']) === 'true';
}
function parseChoice(name, value, values) {
    const chosen = values.find((candidate) => candidate === value);
    if (chosen === undefined)
        throw reject(name, value, `use ${values.join(', ')}`);
    return chosen;
}
function parseInteger(name, value, range) {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= range.min && number <= range.max))
        throw reject(name, value, `use a whole number from ${range.min} to ${range.max}`);
    return number;
}
const parse_mebibyte = 1024 ** 2;
const sizeUnits = { '': 1, K: 1024, M: parse_mebibyte, G: 1024 ** 3, T: 1024 ** 4 };
/** Bytes, from `10G`, `512M` or a plain number; units are powers of 1024, as qemu-img has them. The range is in bytes. */
function parseSize(name, value, range) {
    const match = /^(\d{1,15})([KMGT]?)(?:iB)?$/.exec(value);
    const bytes = match === null ? Number.NaN : Number(match[1]) * (sizeUnits[match[2] ?? ''] ?? 1);
    const allowed = bytes >= range.min && bytes <= range.max && bytes % parse_mebibyte === 0;
    if (!allowed)
        throw reject(name, value, `use whole mebibytes such as 10G or 512M, from ${formatBytes(range.min)} to ${formatBytes(range.max)}`);
    return bytes;
}
const durationUnits = { s: 1000, m: 60_000, h: 3_600_000 };
/** Milliseconds, from `90s`, `5m` or `1h`. */
function parseDuration(name, value) {
    const match = /^(\d{1,6})([smh])$/.exec(value);
    const milliseconds = match === null ? 0 : Number(match[1]) * (durationUnits[match[2] ?? ''] ?? 0);
    if (milliseconds <= 0 || milliseconds > 24 * 3_600_000)
        throw reject(name, value, 'use a duration such as 90s, 5m or 1h, up to 24h');
    return milliseconds;
}
/** What ends a line, or drives a terminal. */
const control = /[\p{Cc}\u2028\u2029]/u;
/** What JSON leaves as it is, though it drives a terminal or turns the direction of a text. */
const unprintable = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
/** Undefined where the value is empty. */
function parseSha256(name, value) {
    if (value === '')
        return undefined;
    if (!/^[0-9a-fA-F]{64}$/.test(value))
        throw reject(name, value, 'use 64 hexadecimal digits');
    return value.toLowerCase();
}
/** A text on one line without control characters; undefined where it is empty. */
function parseText(name, value) {
    if (value.length > 4096 || control.test(value))
        throw reject(name, value, 'use one line without control characters');
    return value === '' ? undefined : value;
}
/** Specifiers that systemd 252 and later resolve; for any other it ignores the whole line. Source: systemd.unit(5). */
const specifier = /%[aAbBCdEfgGhHiIjJlLmMnNopPqsStTuUvVwWyY%]/g;
/**
 * Lines `KEY=VALUE` for a systemd unit. Each stays one setting of one variable: a value has no line break of its own,
 * quotes and backslashes are escaped where the unit is written. A value can be a secret: no message has it.
 */
function parseEnvironment(name, value) {
    if (value.length > 64 * 1024)
        throw new UsageError(`${name} is too long`, { mend: 'use at most 64 KiB' });
    const lines = value.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '');
    const keys = lines.map((line) => parseEnvironmentLine(name, line));
    const twice = keys.find((key, index) => keys.indexOf(key) !== index);
    if (twice !== undefined)
        throw new UsageError(`${name} sets ${twice} twice`, { mend: 'set it once' });
    return lines;
}
function parseEnvironmentLine(name, line) {
    const [, key, content = ''] = /^([A-Za-z_][A-Za-z0-9_]{0,127})=(.*)$/s.exec(line) ?? [];
    if (key === undefined) {
        throw new UsageError(`${name} has a line that is not KEY=VALUE`, { mend: 'use one KEY=VALUE on each line; a key is letters, digits and _' });
    }
    if (control.test(content)) {
        throw new UsageError(`${name}: the value of ${key} has control characters`, { mend: 'use one line without control characters' });
    }
    if (content.replace(specifier, '').includes('%')) {
        throw new UsageError(`${name}: the value of ${key} has a % that is no specifier of systemd`, { mend: 'write %% for a percent sign' });
    }
    return key;
}
/** The value is foreign: it is shortened, and cannot drive a terminal or a log. */
function reject(name, value, mend) {
    const shown = JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
        .replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
    return new UsageError(`${name} is ${shown}, which cannot be used`, { mend });
}

;// CONCATENATED MODULE: ./build/inputs/build-inputs.js






const build_inputs_mebibyte = 1024 ** 2;
const tebibyte = 1024 ** 4;
/** Where the daemon listens when nobody says. */
const usualPort = 2280;
/** Reads and checks all inputs of a build before anything is done. @throws UsageError */
function readBuildInputs(given, defaults) {
    const raw = withDefaults(given);
    const port = readPort(raw);
    return {
        daemon: { request: readDaemon(raw), environment: readEnvironment(raw, port), port },
        base: readBase(raw),
        image: readImage(raw),
        smoke: readSmoke(raw),
        store: { address: readStoreAddress(raw) },
        publish: readPublish(raw),
        folders: readFolders(raw, defaults),
        summary: parseBoolean('summary', raw('summary')),
    };
}
/** What a smoke test alone is told. @throws UsageError */
function readSmokeInputs(given, defaults) {
    const raw = withDefaults(given);
    return { smoke: readSmoke(raw), folders: readFolders(raw, defaults), port: readPort(raw) };
}
/** An empty value stands for the default: a workflow that passes its own inputs on passes empty ones too. */
function withDefaults(given) {
    return (name) => {
        const value = given(name).trim();
        return value === '' ? buildInputDefinitions.find((definition) => definition.name === name)?.default ?? '' : value;
    };
}
function readPort(raw) {
    return parseInteger('daemon-port', raw('daemon-port'), { min: 1, max: 65535 });
}
/** The daemon's own variable for its port is set where that is not the usual one. */
function readEnvironment(raw, port) {
    const lines = parseEnvironment('daemon-env', raw('daemon-env'));
    const wanted = `TOOLBOX_API_PORT=${port}`;
    const found = lines.find((line) => line.startsWith('TOOLBOX_API_PORT='));
    if (found !== undefined && found !== wanted) {
        throw new UsageError(`daemon-env sets TOOLBOX_API_PORT, but daemon-port is ${port}`, { mend: 'set daemon-port alone: the daemon is told of it' });
    }
    return port === usualPort || found !== undefined ? lines : [...lines, wanted];
}
function readDaemon(raw) {
    const builder = parseChoice('daemon-builder', raw('daemon-builder'), ['go', 'nx', 'prebuilt']);
    const version = parseText('daemon-version', raw('daemon-version'));
    const versionVariable = parseText('daemon-version-variable', raw('daemon-version-variable'));
    const binary = parseText('daemon-binary', raw('daemon-binary'));
    if (binary !== undefined && builder !== 'prebuilt')
        throw contradict('daemon-binary', 'prebuilt', builder);
    if (versionVariable !== undefined && builder !== 'go')
        throw contradict('daemon-version-variable', 'go', builder);
    const common = version === undefined ? {} : { version: checkVersion(version) };
    if (builder === 'prebuilt')
        return { builder, binary: requireText(raw, 'daemon-binary', 'the builder prebuilt takes a binary'), ...common };
    const source = requireText(raw, 'daemon-source', `the builder ${builder} needs a folder to build in`);
    if (builder === 'nx')
        return { builder, source, ...common };
    if (versionVariable !== undefined && version === undefined) {
        throw new UsageError('daemon-version-variable is given without daemon-version', { mend: 'give both, or neither' });
    }
    const packagePath = checkPackagePath(requireText(raw, 'daemon-package', 'the builder go needs a main package'));
    return { builder, source, packagePath, ...common, ...(versionVariable === undefined ? {} : { versionVariable: checkVersionVariable(versionVariable) }) };
}
/** An input that would be ignored is not what the user wants. */
function contradict(name, needed, builder) {
    return new UsageError(`${name} is given, but daemon-builder is ${builder}`, { mend: `set daemon-builder to ${needed}, or leave out ${name}` });
}
function readBase(raw) {
    const reference = requireText(raw, 'base-image', 'every image has a base');
    const sha256 = parseSha256('base-sha256', raw('base-sha256'));
    if (/^https?:/i.test(reference) && sha256 === undefined) {
        throw new UsageError('base-image is a URL without base-sha256', { mend: 'give base-sha256: what is downloaded is checked against it' });
    }
    parseReference(reference);
    return { reference, ...(sha256 === undefined ? {} : { sha256 }), allowDowngrade: parseBoolean('allow-downgrade', raw('allow-downgrade')) };
}
function readImage(raw) {
    const layout = parseChoice('layout', raw('layout'), ['flattened', 'layered']);
    const compression = parseChoice('compression', raw('compression'), ['auto', 'inherit', 'zstd', 'zlib', 'none']);
    if (layout === 'layered' && compression === 'inherit') {
        throw new UsageError('compression is inherit, but layout is layered: its base stays a file of its own', { mend: 'use compression auto, zstd, zlib or none' });
    }
    return { layout, compression, diskSize: parseSize('disk-size', raw('disk-size'), { min: 64 * build_inputs_mebibyte, max: 64 * tebibyte }) };
}
function readSmoke(raw) {
    const healthPath = requireText(raw, 'health-path', 'auto, or a path');
    if (healthPath !== 'auto' && !/^\/[\x21-\x7e]*$/.test(healthPath)) {
        throw new UsageError(`health-path is ${JSON.stringify(healthPath)}, which cannot be used`, { mend: 'use auto, or a path such as /health' });
    }
    return {
        enabled: parseBoolean('smoke', raw('smoke')),
        vmm: parseChoice('vmm', raw('vmm'), ['auto', 'qemu']),
        requireKvm: parseBoolean('require-kvm', raw('require-kvm')),
        healthPath,
        timeoutMs: parseDuration('smoke-timeout', raw('smoke-timeout')),
        memoryMiB: parseSize('smoke-memory', raw('smoke-memory'), { min: 128 * build_inputs_mebibyte, max: tebibyte }) / build_inputs_mebibyte,
        cpus: parseInteger('smoke-cpus', raw('smoke-cpus'), { min: 1, max: 64 }),
        clones: parseInteger('clones', raw('clones'), { min: 1, max: 16 }),
    };
}
function readPublish(raw) {
    const version = raw('version') === '' ? undefined : parseInteger('version', raw('version'), { min: 1, max: 999_999_999 });
    return {
        image: checkImageName(requireText(raw, 'image-name', 'versions are called by it')),
        ...(version === undefined ? {} : { version }),
        channel: checkChannelName(requireText(raw, 'channel', 'a version is published to one')),
        keep: parseInteger('keep', raw('keep'), { min: 2, max: 10_000 }),
        ifUnchanged: parseChoice('if-unchanged', raw('if-unchanged'), ['skip', 'build']),
        dryRun: parseBoolean('dry-run', raw('dry-run')),
    };
}
/** @throws UsageError where none is given */
function readStoreAddress(raw) {
    return requireText(raw, 'store', 'versions are published to it');
}
function readFolders(raw, defaults) {
    const output = parseText('output-folder', raw('output-folder'));
    const report = parseText('report-folder', raw('report-folder'));
    return {
        cache: parseText('cache-folder', raw('cache-folder')) ?? defaults.cache,
        work: parseText('work-folder', raw('work-folder')) ?? defaults.work,
        ...(output === undefined ? {} : { output }),
        ...(report === undefined ? {} : { report }),
    };
}
function requireText(raw, name, why) {
    const value = parseText(name, raw(name));
    if (value === undefined)
        throw new UsageError(`${name} is empty`, { mend: `give it: ${why}` });
    return value;
}

;// CONCATENATED MODULE: ./build/inputs/command-line.js





const storeInputs = ['store', 'image-name'];
const smokeInputs = ['vmm', 'require-kvm', 'health-path', 'smoke-timeout', 'smoke-memory', 'smoke-cpus', 'clones', 'daemon-port', 'cache-folder', 'work-folder', 'report-folder'];
/** Parses the arguments behind the program's name. @throws UsageError for values that cannot be used */
function parseCommandLine(words, context) {
    const printed = [];
    const chosen = [];
    const program = createProgram(context, (command) => void chosen.push(command));
    for (const command of [program, ...program.commands]) {
        command.exitOverride().configureOutput({ writeOut: (text) => void printed.push(text), writeErr: (text) => void printed.push(text) });
    }
    try {
        program.parse([...words], { from: 'user' });
    }
    catch (error) {
        if (!(error instanceof CommanderError))
            throw error;
        return { print: printed.join('').trimEnd(), exitCode: error.exitCode === 0 ? 0 : 2 };
    }
    const [run] = chosen;
    return run === undefined ? { print: program.helpInformation().trimEnd(), exitCode: 2 } : { run };
}
function createProgram({ version, defaults }, choose) {
    const program = new Command('ch-golden')
        .description('Golden images for Cloud Hypervisor sandboxes: build, boot, prove, publish.')
        .version(version)
        .showHelpAfterError('(ch-golden --help)');
    const builds = [
        ['build', 'build the daemon, assemble an image with it, boot that, and publish it as the next version'],
        ['plan', 'say what build would do, and do nothing'],
        ['doctor', 'look at this machine for what build needs, with the command that mends each thing'],
    ];
    for (const [command, description] of builds) {
        addInputs(addOutput(program.command(command).description(description)), buildInputDefinitions)
            .action((options) => choose({ command, inputs: readBuildInputs(rawOf(options), defaults), output: outputOf(options) }));
    }
    addStoreCommands(program, choose);
    addSmoke(program, defaults, choose);
    return program;
}
function addStoreCommands(program, choose) {
    addInputs(addOutput(program.command('list').description('list the versions in a store')), command_line_select(storeInputs))
        .action((options) => choose({ command: 'list', ...storeOf(options), output: outputOf(options) }));
    addInputs(addOutput(program.command('show').description('show the manifest of a version').argument('[version]', 'a number or a channel', 'latest')), command_line_select(storeInputs))
        .action((wanted, options) => choose({ command: 'show', ...storeOf(options), wanted: parseWanted(wanted), output: outputOf(options) }));
}
function addSmoke(program, defaults, choose) {
    const command = program.command('smoke').description('boot clones of a published version or of an image file, and ask the daemon')
        .argument('[version]', 'a number or a channel', 'latest')
        .option('--image <path>', 'an image file instead of a version');
    addInputs(addOutput(command), command_line_select([...storeInputs, ...smokeInputs]))
        .action((wanted, options) => {
        const raw = rawOf(options);
        const { image: file } = options;
        choose({
            command: 'smoke',
            subject: typeof file === 'string' ? { file } : { ...storeOf(options), wanted: parseWanted(wanted) },
            ...readSmokeInputs(raw, defaults),
            output: outputOf(options),
        });
    });
}
function addOutput(command) {
    return command.option('--json', 'print one JSON document', false).option('--verbose', 'print the output of tools too', false);
}
function addInputs(command, definitions) {
    for (const definition of definitions)
        command.addOption(toOption(definition));
    return command;
}
/** A yes-or-no input works as a plain flag as well: `--dry-run` and `--dry-run true`. */
function toOption({ name, description, default: value, values }) {
    if (values?.includes('true') === true)
        return new Option(`--${name} [boolean]`, description).preset('true').default(value);
    const option = new Option(`--${name} <value>`, description).default(value, value === '' ? 'none' : undefined);
    return values === undefined ? option : option.choices(values);
}
function command_line_select(names) {
    return buildInputDefinitions.filter(({ name }) => names.includes(name));
}
function rawOf(options) {
    return (name) => {
        const value = options[name.replace(/-(.)/g, (_, letter) => letter.toUpperCase())];
        return typeof value === 'string' ? value : buildInputDefinitions.find((definition) => definition.name === name)?.default ?? '';
    };
}
function outputOf(options) {
    return { json: options['json'] === true, verbose: options['verbose'] === true };
}
function storeOf(options) {
    const raw = rawOf(options);
    return { store: readStoreAddress(raw), image: raw('image-name') };
}
function parseWanted(word) {
    if (word.length > 100 || word.startsWith('-'))
        throw new UsageError('a version is a number, or the name of a channel', { mend: 'ch-golden list' });
    return /^\d+$/.test(word) ? parseInteger('version', word, { min: 1, max: 999_999_999 }) : word;
}

;// CONCATENATED MODULE: ./build/app/doctor.js





const alwaysNeeded = ['qemu-img', 'qemu-storage-daemon', 'qemu-system-x86_64', 'debugfs', 'e2fsck', 'xorriso', 'setpriv', 'unshare', 'nsenter'];
const bootstrapNeeded = ['mmdebstrap', 'sfdisk', 'mke2fs', 'mkfs.vfat'];
const builderPrograms = { go: ['go'], nx: ['npx', 'go'], prebuilt: [] };
/** Looks at this machine for what a build needs: within a second, and before any work. */
async function examineMachine(request, ports) {
    const [tools, ...others] = await Promise.all([
        checkTools(request, ports),
        checkKvm(request.requireKvm),
        checkFuse(),
        checkNamespaces(ports),
        checkSpace('work folder', request.workFolder, request.spaceNeeded),
        checkSpace('cache folder', request.cacheFolder, 0),
    ]);
    return [checkMachine(), ...others, ...tools];
}
/** @throws Failure where something that a build needs is broken, with every finding and its mend. */
async function assertHealthyMachine(inputs, ports) {
    const findings = await examineMachine(describeNeeds(inputs), ports);
    for (const { name, text, mend } of findings.filter((finding) => finding.state === 'warning')) {
        ports.log.warn(`${name}: ${text}${mend === undefined ? '' : `; ${mend}`}`);
    }
    const broken = findings.filter((finding) => finding.state === 'broken');
    const [first] = broken;
    if (first === undefined)
        return;
    throw new Failure(broken.length === 1 ? `${first.name} ${first.text}` : `${broken.length} things that a build needs are not there: ${broken.map(({ name }) => name).join(', ')}`, {
        evidence: broken.length === 1 ? [] : broken.map(({ name, text, mend }) => `${name}: ${text}${mend === undefined ? '' : `; ${mend}`}`),
        mend: broken.length === 1 ? first.mend ?? 'ch-golden doctor' : 'ch-golden doctor names the command for each',
    });
}
/** What a build with these inputs needs of the machine. */
function describeNeeds({ base, daemon, folders, image, smoke }) {
    return {
        workFolder: folders.work,
        cacheFolder: folders.cache,
        // An overlay, the finished image and the clones' overlays hold data, not the whole disk.
        spaceNeeded: Math.min(image.diskSize, 3 * 1024 ** 3),
        requireKvm: smoke.requireKvm,
        base: base.reference,
        builder: daemon.request.builder,
    };
}
/** The worst state among findings. */
function worstState(findings) {
    if (findings.some((finding) => finding.state === 'broken'))
        return 'broken';
    return findings.some((finding) => finding.state === 'warning') ? 'warning' : 'ok';
}
function checkMachine() {
    const name = 'machine';
    if (process.platform === 'linux' && process.arch === 'x64')
        return { name, state: 'ok', text: 'Linux on x86-64' };
    return { name, state: 'broken', text: `${process.platform} on ${process.arch}`, mend: 'use a Linux machine with an x86-64 CPU' };
}
async function checkKvm(required) {
    const name = '/dev/kvm';
    const state = required ? 'broken' : 'warning';
    const slow = 'smoke VMs are emulated and boot in about a minute';
    switch (await openState('/dev/kvm')) {
        case 'ok': return { name, state: 'ok', text: 'opens; the smoke boot proves whether it runs a guest' };
        case 'denied': return { name, state, text: `this user may not open it: ${slow}`, mend: 'sudo usermod --append --groups kvm "$USER"   # and log in again' };
        case 'missing': return { name, state, text: `is not there: ${slow}`, mend: 'enable virtualization in the firmware, or use a bare-metal runner; sudo modprobe kvm_intel || sudo modprobe kvm_amd' };
    }
}
async function checkFuse() {
    const name = '/dev/fuse';
    const mend = 'sudo apt-get install fuse3 && sudo modprobe fuse && sudo udevadm trigger --name-match=fuse';
    switch (await openState('/dev/fuse')) {
        case 'ok': return { name, state: 'ok', text: 'opens' };
        case 'denied': return { name, state: 'broken', text: 'this user may not open it: images cannot be edited without it', mend };
        case 'missing': return { name, state: 'broken', text: 'is not there: images cannot be edited without it', mend };
    }
}
async function openState(path) {
    try {
        await (0,external_node_fs_promises_namespaceObject.access)(path, external_node_fs_.constants.F_OK);
    }
    catch {
        return 'missing';
    }
    return (0,external_node_fs_promises_namespaceObject.access)(path, external_node_fs_.constants.R_OK | external_node_fs_.constants.W_OK).then(() => 'ok', () => 'denied');
}
async function checkNamespaces({ processes }) {
    const name = 'namespaces';
    const flags = process.getuid?.() === 0 ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
    try {
        await processes.run({ argv: ['unshare', ...flags, 'true'], timeoutMs: 5000 });
        return { name, state: 'ok', text: 'a private mount namespace can be made' };
    }
    catch (error) {
        return {
            name, state: 'broken', text: `no private mount namespace can be made: ${errorMessage(error)}`,
            mend: 'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0   # Ubuntu 23.10 and newer',
        };
    }
}
async function checkSpace(name, folder, needed) {
    try {
        await (0,external_node_fs_promises_namespaceObject.mkdir)(folder, { recursive: true });
        await (0,external_node_fs_promises_namespaceObject.access)(folder, external_node_fs_.constants.W_OK);
        const { bavail, bsize } = await (0,external_node_fs_promises_namespaceObject.statfs)(folder);
        const text = `${formatBytes(bavail * bsize)} free in ${folder}`;
        if (bavail * bsize >= needed)
            return { name, state: 'ok', text };
        return { name, state: 'broken', text: `${text}: a build needs ${formatBytes(needed)}`, mend: `free space there, or give another ${name.replace(' ', '-')}` };
    }
    catch (error) {
        return { name, state: 'broken', text: `${folder} cannot be used: ${errorMessage(error)}`, mend: `make it writable for this user, or give another ${name.replace(' ', '-')}` };
    }
}
async function checkTools(request, { processes }) {
    const needed = [
        ...alwaysNeeded,
        ...builderPrograms[request.builder],
        ...(request.base.startsWith('bootstrap:') ? bootstrapNeeded : []),
    ];
    const found = await Promise.all(needed.map(async (program) => ({ program, path: await processes.tryFind(program) })));
    return found.map(({ program, path }) => {
        if (path !== undefined)
            return { name: program, state: 'ok', text: path };
        const packageName = packageOfProgram[program];
        const mend = packageName === undefined ? `install ${program} and put it on PATH` : `sudo apt-get install --no-install-recommends ${packageName}`;
        return { name: program, state: 'broken', text: 'is not installed', mend };
    });
}

;// CONCATENATED MODULE: ./build/image/plan.js
/** Owned by root. */
function rootOwned(mode) {
    return { mode, uid: 0, gid: 0 };
}
/** One line for the log, `plan` and the manifest. */
function describeEdit(edit) {
    switch (edit.kind) {
        case 'write': return `write ${edit.path} (${formatMode(edit.attributes)})`;
        case 'folder': return `make folder ${edit.path} (${formatMode(edit.attributes)})`;
        case 'link': return `link ${edit.path} to ${edit.target}`;
        case 'remove': return `remove ${edit.pattern}`;
        case 'empty': return `empty ${edit.path}`;
        case 'enable-unit': return `enable ${edit.unit} for ${edit.target}`;
    }
}
function formatMode({ mode, uid, gid }) {
    const permissions = `0${mode.toString(8).padStart(3, '0')}`;
    return uid === 0 && gid === 0 ? permissions : `${permissions}, owner ${uid}:${gid}`;
}

;// CONCATENATED MODULE: ./build/store/directory/paths.js





/** The path of a file in a store, whose folders are made where they are missing. */
async function makePath(root, relativePath) {
    await makeRoot(root);
    const [name = '', ...folders] = relativePath.split('/').reverse();
    let folder = root;
    for (const part of folders.reverse()) {
        folder = (0,external_node_path_.join)(folder, part);
        await makeFolder(folder);
        checkFolder(folder, await (0,external_node_fs_promises_namespaceObject.lstat)(folder));
    }
    return (0,external_node_path_.join)(folder, name);
}
/** The path of a file in a store; undefined where one of its folders is missing. */
async function tryGetPath(root, relativePath) {
    const [name = '', ...folders] = relativePath.split('/').reverse();
    let folder = root;
    for (const part of folders.reverse()) {
        folder = (0,external_node_path_.join)(folder, part);
        const stats = await ifPresent((0,external_node_fs_promises_namespaceObject.lstat)(folder));
        if (stats === undefined)
            return undefined;
        checkFolder(folder, stats);
    }
    return (0,external_node_path_.join)(folder, name);
}
/** Opens a plain file for reading; undefined where there is none. A symbolic link is not followed: it could lead out of the store. */
async function tryOpenPlainFile(path) {
    const file = await ifPresent((0,external_node_fs_promises_namespaceObject.open)(path, external_node_fs_.constants.O_RDONLY | external_node_fs_.constants.O_NOFOLLOW | external_node_fs_.constants.O_NONBLOCK)).catch((error) => {
        throw hasCode(error, 'ELOOP') ? notPlain(path, error) : error;
    });
    if (file === undefined || (await file.stat()).isFile())
        return file;
    await file.close();
    throw notPlain(path);
}
/** What an operation on a path gives; undefined where there is nothing at the path. */
async function ifPresent(operation) {
    return operation.catch((error) => {
        if (hasCode(error, 'ENOENT'))
            return undefined;
        throw error;
    });
}
function notPlain(path, cause) {
    return new Failure(`${path} in the store is not a plain file`, { cause });
}
async function makeRoot(root) {
    const first = await (0,external_node_fs_promises_namespaceObject.mkdir)(root, { recursive: true });
    if (first === undefined)
        return;
    for (let folder = root; folder.length >= first.length; folder = (0,external_node_path_.dirname)(folder))
        await syncFolder((0,external_node_path_.dirname)(folder));
}
async function makeFolder(folder) {
    try {
        await (0,external_node_fs_promises_namespaceObject.mkdir)(folder);
    }
    catch (error) {
        if (hasCode(error, 'EEXIST'))
            return;
        throw error;
    }
    await syncFolder((0,external_node_path_.dirname)(folder));
}
/** A symbolic link is no folder here, wherever it leads. */
function checkFolder(folder, stats) {
    if (!stats.isDirectory())
        throw new Failure(`${folder} in the store is not a folder`);
}

;// CONCATENATED MODULE: ./build/platform/file-lock.js

/**
 * Takes the exclusive lock of an open file, and says whether it did within the time.
 * flock(2) locks belong to the open file, which flock(1) shares with us: the kernel gives the lock back when
 * we close it or die, so none is ever stale. They hold between containers, and over NFS if it is open for writing.
 */
async function tryLockFile(file, waitSeconds, processes) {
    try {
        await processes.run({
            argv: ['flock', '--exclusive', '--timeout', String(waitSeconds), '3'],
            files: [file.fd],
            timeoutMs: (waitSeconds + 30) * 1000,
        });
        return true;
    }
    catch (error) {
        if (error instanceof ToolError && error.exitCode === conflictExitCode)
            return false;
        throw error;
    }
}
const conflictExitCode = 1;

;// CONCATENATED MODULE: ./build/store/directory/staging.js









/** Where files are until they are whole: in the store's own file system, under a name that no key can have. */
const stagingFolder = '.staging';
/**
 * Copies a file into the staging folder. Its lock, held until it is completed or aborted, tells the living from the
 * dead: whoever can take the lock of a staged file knows that the process which staged it has ended.
 */
async function stageFile(root, request, processes) {
    const path = await makePartPath(root, request.key, request.writer.owner);
    try {
        const cloned = await tryClone(request.path, path);
        const file = await (0,external_node_fs_promises_namespaceObject.open)(path, cloned ? 'r+' : 'wx+');
        try {
            if (!(await tryLockFile(file, lockSeconds, processes)))
                throw new Failure(`the lock of ${path} is held by another process`);
            await (cloned ? readChecked(path, request) : readChecked(request.path, request, file));
            await file.sync();
            return createStagedObject(root, request.key, path, file);
        }
        catch (error) {
            await file.close();
            throw error;
        }
    }
    catch (error) {
        await (0,external_node_fs_promises_namespaceObject.rm)(path, { force: true });
        throw error;
    }
}
/** Writes bytes to a file in the staging folder, durably, for `use` to link or rename; the file is gone afterwards. */
async function withPart(root, key, owner, bytes, use) {
    const path = await makePartPath(root, key, owner);
    try {
        const file = await (0,external_node_fs_promises_namespaceObject.open)(path, 'wx');
        try {
            await file.writeFile(bytes);
            await file.sync();
        }
        finally {
            await file.close();
        }
        return await use(path);
    }
    finally {
        await (0,external_node_fs_promises_namespaceObject.rm)(path, { force: true });
    }
}
/** Gives a staged file its name in the store, if no other has it: link(2) never replaces a file. */
async function linkOnce(part, path) {
    await (0,external_node_fs_promises_namespaceObject.chmod)(part, 0o444);
    const outcome = await (0,external_node_fs_promises_namespaceObject.link)(part, path).then(() => 'created', (error) => {
        if (hasCode(error, 'EEXIST'))
            return 'exists';
        if (hasCode(error, 'EPERM') || hasCode(error, 'ENOTSUP')) {
            throw new Failure(`${path} cannot be created: its file system has no hard links`, { cause: error });
        }
        throw error;
    });
    await syncFolder((0,external_node_path_.dirname)(path));
    return outcome;
}
/** The files in the staging folder, whoever left them there. */
async function* listParts(root, processes) {
    for (const name of (await ifPresent((0,external_node_fs_promises_namespaceObject.readdir)((0,external_node_path_.join)(root, stagingFolder)))) ?? []) {
        const path = (0,external_node_path_.join)(root, stagingFolder, name);
        const key = tryParseKey(name);
        const stats = await ifPresent((0,external_node_fs_promises_namespaceObject.stat)(path));
        if (key === undefined || stats === undefined)
            continue;
        yield {
            key,
            since: stats.mtimeMs,
            alive: await isLocked(path, processes),
            abort: async () => (0,external_node_fs_promises_namespaceObject.rm)(path, { force: true }),
        };
    }
}
const lockSeconds = 30;
async function makePartPath(root, key, owner) {
    if (!/^[A-Za-z0-9-]{1,64}$/.test(owner))
        throw new Failure(`${JSON.stringify(owner)} is not an owner: letters, digits and dashes`);
    return makePath(root, `${stagingFolder}/${owner}.${(0,external_node_crypto_namespaceObject.randomUUID)()}.${encodeURIComponent(key)}`);
}
function tryParseKey(partName) {
    try {
        return checkKey(decodeURIComponent(/^[^.]+\.[^.]+\.(.+)$/.exec(partName)?.[1] ?? ''));
    }
    catch {
        return undefined;
    }
}
/** A copy that shares its blocks with the file until one of the two changes, where the file system can: no bytes are moved. */
async function tryClone(from, to) {
    try {
        await (0,external_node_fs_promises_namespaceObject.copyFile)(from, to, external_node_fs_.constants.COPYFILE_FICLONE_FORCE | external_node_fs_.constants.COPYFILE_EXCL);
    }
    catch {
        // Whatever is wrong with the file itself, copying its bytes will say.
        return false;
    }
    await (0,external_node_fs_promises_namespaceObject.chmod)(to, 0o600);
    return true;
}
/** Reads a file through, into `copy` where one is given, and compares it with what it is said to be. */
async function readChecked(path, request, copy) {
    const hash = (0,external_node_crypto_namespaceObject.createHash)('sha256');
    let done = 0;
    for await (const chunk of (0,external_node_fs_.createReadStream)(path, { highWaterMark: 1024 ** 2 })) {
        request.signal?.throwIfAborted();
        hash.update(chunk);
        await copy?.writeFile(chunk);
        done += chunk.length;
        request.onProgress?.(done);
    }
    request.signal?.throwIfAborted();
    if (done !== request.size)
        throw new Failure(`${request.path} has ${done} bytes, not ${request.size}`);
    if (hash.digest('hex') !== request.sha256)
        throw new Failure(`${request.path} has another SHA-256 than ${request.sha256}`);
}
function createStagedObject(root, key, part, file) {
    const end = async () => {
        await (0,external_node_fs_promises_namespaceObject.rm)(part, { force: true });
        await file.close();
    };
    return {
        key,
        complete: async () => {
            const path = await makePath(root, key);
            const outcome = await linkOnce(part, path).catch((error) => {
                throw hasCode(error, 'ENOENT') ? new Failure(`what was staged for ${key} is gone`, { cause: error }) : error;
            });
            await end();
            return outcome;
        },
        abort: end,
    };
}
/** Whether a process holds the lock of a staged file; undefined where we may not ask. */
async function isLocked(path, processes) {
    const file = await (0,external_node_fs_promises_namespaceObject.open)(path, external_node_fs_.constants.O_RDWR | external_node_fs_.constants.O_NOFOLLOW | external_node_fs_.constants.O_NONBLOCK).catch(() => undefined);
    if (file === undefined)
        return undefined;
    try {
        return !(await tryLockFile(file, 0, processes));
    }
    finally {
        await file.close();
    }
}

;// CONCATENATED MODULE: ./build/store/directory/directory-store.js









/**
 * A store in a folder, whose path is absolute: local, on NFS, or shared between containers.
 * link(2) creates, rename(2) under a lock swaps, and both are durable before they are reported.
 */
function createDirectoryStore(root, ports) {
    return {
        uri: (key) => (0,external_node_url_namespaceObject.pathToFileURL)((0,external_node_path_.join)(root, checkKey(key))).href,
        createOnly: async (key, bytes, writer) => {
            const path = await makePath(root, checkKey(key));
            return withPart(root, key, writer.owner, bytes, async (part) => linkOnce(part, path));
        },
        compareAndSwap: async (key, expectedTag, bytes, writer) => swapLocked({ root, key: checkKey(key), expectedTag, bytes, writer }, ports.processes),
        read: async (key, limit) => readWhole(root, checkKey(key), limit),
        open: async (key, range) => openRange(root, checkKey(key), range),
        head: async (key) => headOf(root, checkKey(key)),
        list: (prefix) => listFiles(root, prefix),
        stage: async (request) => {
            checkKey(request.key);
            return stageFile(root, request, ports.processes);
        },
        listStaged: () => listParts(root, ports.processes),
        delete: async (key) => {
            const path = await tryGetPath(root, checkKey(key));
            if (path === undefined)
                return;
            await (0,external_node_fs_promises_namespaceObject.rm)(path, { force: true });
            await syncFolder((0,external_node_path_.dirname)(path));
        },
    };
}
const locksFolder = '.locks';
const directory_store_lockSeconds = 30;
async function swapLocked(swap, processes) {
    const { root, key } = swap;
    const path = await makePath(root, key);
    return withPart(root, key, swap.writer.owner, swap.bytes, async (part) => {
        // The lock file stays: were it removed, two could hold the lock of two files of that name.
        const lock = await (0,external_node_fs_promises_namespaceObject.open)(await makePath(root, `${locksFolder}/${encodeURIComponent(key)}`), 'a+');
        try {
            if (!(await tryLockFile(lock, directory_store_lockSeconds, processes)))
                throw new Failure(`the lock of ${path} was held by another for ${directory_store_lockSeconds} s`);
            const current = await readWhole(root, key, Infinity);
            if (current?.tag !== swap.expectedTag)
                return 'lost';
            await (0,external_node_fs_promises_namespaceObject.rename)(part, path);
            await syncFolder((0,external_node_path_.dirname)(path));
            return 'swapped';
        }
        finally {
            await lock.close();
        }
    });
}
async function readWhole(root, key, limit) {
    const path = await tryGetPath(root, key);
    const file = path === undefined ? undefined : await tryOpenPlainFile(path);
    if (path === undefined || file === undefined)
        return undefined;
    try {
        const { size } = await file.stat();
        if (size > limit)
            throw new Failure(`${path} has ${size} bytes, more than the ${limit} that it may have`);
        const bytes = await file.readFile();
        return { bytes, tag: sha256Of(bytes) };
    }
    finally {
        await file.close();
    }
}
async function openRange(root, key, range) {
    const path = await tryGetPath(root, key);
    const file = path === undefined ? undefined : await tryOpenPlainFile(path);
    return file?.createReadStream(range === undefined ? {} : { start: range.offset, end: range.offset + range.length - 1 });
}
async function headOf(root, key) {
    const path = await tryGetPath(root, key);
    const stats = path === undefined ? undefined : await ifPresent((0,external_node_fs_promises_namespaceObject.lstat)(path));
    if (path === undefined || stats === undefined)
        return undefined;
    if (!stats.isFile())
        throw notPlain(path);
    return { size: stats.size };
}
/** Walks the folders that the prefix allows; hidden names are not the store's objects, nor are links. */
async function* listFiles(root, prefix, folder = '') {
    for (const entry of (await ifPresent((0,external_node_fs_promises_namespaceObject.readdir)((0,external_node_path_.join)(root, folder), { withFileTypes: true }))) ?? []) {
        const key = folder + entry.name;
        if (entry.name.startsWith('.'))
            continue;
        if (entry.isDirectory() && (`${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`)))
            yield* listFiles(root, prefix, `${key}/`);
        if (!entry.isFile() || !key.startsWith(prefix))
            continue;
        const stats = await ifPresent((0,external_node_fs_promises_namespaceObject.lstat)((0,external_node_path_.join)(root, key)));
        if (stats !== undefined)
            yield { key, size: stats.size };
    }
}

;// CONCATENATED MODULE: ./build/store/open-store.js




/** The store at an address: the path of a folder, or its `file://` URL. @throws UsageError for any other. */
function openStore(address, ports) {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase();
    if (address === '' || (scheme !== undefined && scheme !== 'file'))
        throw unsupported(address);
    return createDirectoryStore(scheme === undefined ? (0,external_node_path_.resolve)(address) : getFolder(address), ports);
}
function getFolder(address) {
    try {
        return (0,external_node_url_namespaceObject.fileURLToPath)(address);
    }
    catch (error) {
        throw unsupported(address, error);
    }
}
function unsupported(address, cause) {
    return new UsageError(`store ${JSON.stringify(address)} is not an address that is supported`, {
        mend: 'use the path of a folder, or file:///path/of/a/folder', cause,
    });
}

;// CONCATENATED MODULE: ../../work/main/node_modules/zod/v4/core/util.js

// functions
function assertEqual(val) {
    return val;
}
function assertNotEqual(val) {
    return val;
}
function toZod() {
    return (schema) => schema;
}
function assertIs(_arg) { }
function assertNever(_x) {
    throw new Error("Unexpected value in exhaustive check");
}
function assert(_) { }
function getEnumValues(entries) {
    const numericValues = Object.values(entries).filter((v) => typeof v === "number");
    const values = Object.entries(entries)
        .filter(([k, _]) => numericValues.indexOf(+k) === -1)
        .map(([_, v]) => v);
    return values;
}
function joinValues(array, separator = "|") {
    return array.map((val) => stringifyPrimitive(val)).join(separator);
}
function jsonStringifyReplacer(_, value) {
    if (typeof value === "bigint")
        return value.toString();
    return value;
}
// the accessor lives on a shared prototype: an own accessor makes every box a dictionary-mode object (~360 B and a slow load per read against ~100 B and an inlined getter here)
class Cached {
    constructor(getter) {
        this._getter = getter;
        this._value = undefined;
    }
    get value() {
        const getter = this._getter;
        if (getter !== undefined) {
            this._value = getter();
            this._getter = undefined;
        }
        return this._value;
    }
}
function cached(getter) {
    return new Cached(getter);
}
function nullish(input) {
    return input === null || input === undefined;
}
function cleanRegex(source) {
    const start = source.startsWith("^") ? 1 : 0;
    const end = source.endsWith("$") ? source.length - 1 : source.length;
    return source.slice(start, end);
}
function floatSafeRemainder(val, step) {
    const ratio = val / step;
    const roundedRatio = Math.round(ratio);
    // `val` and `step` each round to a double before the division rounds again, so a true decimal multiple's quotient can sit up to 1.5 of these scaled epsilons from the integer. A 1x tolerance therefore rejected 2.03 as a multiple of 0.07; 4x covers the worst case with margin.
    const tolerance = 4 * Number.EPSILON * Math.max(Math.abs(ratio), 1);
    if (Math.abs(ratio - roundedRatio) < tolerance)
        return 0;
    return ratio - roundedRatio;
}
const EVALUATING = /* @__PURE__*/ (/* unused pure expression or super */ null && (Symbol("evaluating")));
function defineLazy(object, key, getter) {
    let value = undefined;
    Object.defineProperty(object, key, {
        get() {
            if (value === EVALUATING) {
                // Circular reference detected, return undefined to break the cycle
                return undefined;
            }
            if (value === undefined) {
                value = EVALUATING;
                value = getter();
            }
            return value;
        },
        set(v) {
            Object.defineProperty(object, key, {
                value: v,
                // configurable: true,
            });
            // object[key] = v;
        },
        configurable: true,
    });
}
function objectClone(obj) {
    return Object.create(Object.getPrototypeOf(obj), Object.getOwnPropertyDescriptors(obj));
}
function util_assignProp(target, prop, value) {
    Object.defineProperty(target, prop, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
    });
}
/**
 * Whichever object a def's `shape` currently answers from: the one the caller passed until the first read, the frozen copy after it.
 *
 * Its keys and descriptors read without invoking anything, which is what lets a discriminated union check its discriminator, and the cycle walk read a shape, without resolving a getter that references the schema being constructed. A def that answers `shape` from an accessor of its own has none.
 */
function rawShape(def) {
    const desc = Object.getOwnPropertyDescriptor(def, "shape");
    return desc?.get ? desc.get.raw : desc?.value;
}
// where a builder reads its source's keys and descriptors, resolving only a shape a def answers for itself. A shape resolves by object spread, so only its enumerable keys are ever part of it.
function sourceShape(schema) {
    return rawShape(schema._zod.def) ?? schema._zod.def.shape;
}
// a key whose value is not settled yet, self-caching so every read after the first gets the same one
function deferProp(target, key, getter) {
    Object.defineProperty(target, key, {
        get() {
            const value = getter();
            util_assignProp(this, key, value);
            return value;
        },
        enumerable: true,
        configurable: true,
    });
}
// Writes a settled key. A plain assignment is much cheaper than `defineProperty` and produces the same descriptor, but it runs whatever setter already answers to the key — an accessor this shape deferred, or an inherited one, which `__proto__` has on every object and prototype pollution can add for any name.
function putProp(target, key, value) {
    if (key in target)
        util_assignProp(target, key, value);
    else
        target[key] = value;
}
/**
 * Copies `keys` of `source`'s shape onto `target`, each value passed through `wrap`.
 *
 * A key the source has resolved is copied through now, so the derived shape states it outright and nothing has to resolve it to learn what it holds. A key the source still defers stays deferred, and reads back through the source's own `shape`, so it resolves once and both shapes get that one schema.
 */
function mirrorShape(target, source, keys, wrap) {
    const raw = sourceShape(source);
    for (const key of keys) {
        const desc = Object.getOwnPropertyDescriptor(raw, key);
        if (!desc.enumerable)
            continue;
        if (desc.get) {
            deferProp(target, key, () => {
                const value = source._zod.def.shape[key];
                return wrap ? wrap(value, key) : value;
            });
        }
        else
            putProp(target, key, wrap ? wrap(desc.value, key) : desc.value);
    }
}
// same, for a plain shape a caller passed rather than a schema's
function mirrorProps(target, source) {
    for (const key of Reflect.ownKeys(source)) {
        const desc = Object.getOwnPropertyDescriptor(source, key);
        if (!desc.enumerable)
            continue;
        if (desc.get)
            deferProp(target, key, () => source[key]);
        else
            putProp(target, key, desc.value);
    }
}
function mergeDefs(...defs) {
    const mergedDescriptors = {};
    for (const def of defs) {
        const descriptors = Object.getOwnPropertyDescriptors(def);
        Object.assign(mergedDescriptors, descriptors);
    }
    return Object.defineProperties({}, mergedDescriptors);
}
function cloneDef(schema) {
    return mergeDefs(schema._zod.def);
}
function getElementAtPath(obj, path) {
    if (!path)
        return obj;
    return path.reduce((acc, key) => acc?.[key], obj);
}
function promiseAllObject(promisesObj) {
    const keys = Object.keys(promisesObj);
    const promises = keys.map((key) => promisesObj[key]);
    return Promise.all(promises).then((results) => {
        const resolvedObj = {};
        for (let i = 0; i < keys.length; i++) {
            resolvedObj[keys[i]] = results[i];
        }
        return resolvedObj;
    });
}
function randomString(length = 10) {
    const chars = "abcdefghijklmnopqrstuvwxyz";
    let str = "";
    for (let i = 0; i < length; i++) {
        str += chars[Math.floor(Math.random() * chars.length)];
    }
    return str;
}
function esc(str) {
    return JSON.stringify(str);
}
function slugify(input) {
    return input
        .toLowerCase()
        .trim()
        .replace(/[^\w\s-]/g, "")
        .replace(/[\s_-]+/g, "-")
        .replace(/^-+|-+$/g, "");
}
const captureStackTrace = ("captureStackTrace" in Error ? Error.captureStackTrace : (..._args) => { });
function util_isObject(data) {
    return typeof data === "object" && data !== null && !Array.isArray(data);
}
const util_allowsEval = /* @__PURE__*/ cached(() => {
    // Skip the probe under `jitless`: strict CSPs report the caught `new Function` as a `securitypolicyviolation` even though the throw is swallowed.
    if (globalConfig.jitless) {
        return false;
    }
    // @ts-ignore
    if (typeof navigator !== "undefined" && navigator?.userAgent?.includes("Cloudflare")) {
        return false;
    }
    try {
        const F = Function;
        new F("");
        return true;
    }
    catch (_) {
        return false;
    }
});
function isPlainObject(o) {
    if (util_isObject(o) === false)
        return false;
    // modified constructor
    const ctor = o.constructor;
    if (ctor === undefined)
        return true;
    if (typeof ctor !== "function")
        return true;
    // modified prototype
    const prot = ctor.prototype;
    if (util_isObject(prot) === false)
        return false;
    // ctor doesn't have static `isPrototypeOf`
    if (Object.prototype.hasOwnProperty.call(prot, "isPrototypeOf") === false) {
        return false;
    }
    return true;
}
function shallowClone(o) {
    if (isPlainObject(o))
        return { ...o };
    if (Array.isArray(o))
        return [...o];
    if (o instanceof Map)
        return new Map(o);
    if (o instanceof Set)
        return new Set(o);
    return o;
}
function numKeys(data) {
    let keyCount = 0;
    for (const key in data) {
        if (Object.prototype.hasOwnProperty.call(data, key)) {
            keyCount++;
        }
    }
    return keyCount;
}
const getParsedType = (data) => {
    const t = typeof data;
    switch (t) {
        case "undefined":
            return "undefined";
        case "string":
            return "string";
        case "number":
            return Number.isNaN(data) ? "nan" : "number";
        case "boolean":
            return "boolean";
        case "function":
            return "function";
        case "bigint":
            return "bigint";
        case "symbol":
            return "symbol";
        case "object":
            if (Array.isArray(data)) {
                return "array";
            }
            if (data === null) {
                return "null";
            }
            if (data.then && typeof data.then === "function" && data.catch && typeof data.catch === "function") {
                return "promise";
            }
            if (typeof Map !== "undefined" && data instanceof Map) {
                return "map";
            }
            if (typeof Set !== "undefined" && data instanceof Set) {
                return "set";
            }
            if (typeof Date !== "undefined" && data instanceof Date) {
                return "date";
            }
            // @ts-ignore
            if (typeof File !== "undefined" && data instanceof File) {
                return "file";
            }
            return "object";
        default:
            throw new Error(`Unknown data type: ${t}`);
    }
};
const propertyKeyTypes = /* @__PURE__*/ new Set(["string", "number", "symbol"]);
const primitiveTypes = /* @__PURE__*/ new Set([
    "string",
    "number",
    "bigint",
    "boolean",
    "symbol",
    "undefined",
]);
function escapeRegex(str) {
    return str.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
// zod-specific utils
function clone(inst, def, params) {
    const cl = new inst._zod.constr(def ?? inst._zod.def);
    if (!def || params?.parent)
        cl._zod.parent = inst;
    return cl;
}
function normalizeParams(_params) {
    const params = _params;
    if (!params)
        return {};
    if (typeof params === "string")
        return { error: () => params };
    if (params?.message !== undefined) {
        if (params?.error !== undefined)
            throw new Error("Cannot specify both `message` and `error` params");
        params.error = params.message;
    }
    delete params.message;
    if (typeof params.error === "string")
        return { ...params, error: () => params.error };
    return params;
}
function createTransparentProxy(getter) {
    let target;
    return new Proxy({}, {
        get(_, prop, receiver) {
            target ?? (target = getter());
            return Reflect.get(target, prop, receiver);
        },
        set(_, prop, value, receiver) {
            target ?? (target = getter());
            return Reflect.set(target, prop, value, receiver);
        },
        has(_, prop) {
            target ?? (target = getter());
            return Reflect.has(target, prop);
        },
        deleteProperty(_, prop) {
            target ?? (target = getter());
            return Reflect.deleteProperty(target, prop);
        },
        ownKeys(_) {
            target ?? (target = getter());
            return Reflect.ownKeys(target);
        },
        getOwnPropertyDescriptor(_, prop) {
            target ?? (target = getter());
            return Reflect.getOwnPropertyDescriptor(target, prop);
        },
        defineProperty(_, prop, descriptor) {
            target ?? (target = getter());
            return Reflect.defineProperty(target, prop, descriptor);
        },
    });
}
function stringifyPrimitive(value) {
    if (typeof value === "bigint")
        return value.toString() + "n";
    if (typeof value === "string")
        return `"${value}"`;
    return `${value}`;
}
function optionalKeys(shape) {
    return Object.keys(shape).filter((k) => {
        return shape[k]._zod.optin !== undefined && shape[k]._zod.optout === "optional";
    });
}
// Wrapped in a `@__PURE__` IIFE: esbuild never tree-shakes a top-level initializer that contains a member access on `Number`, so the bare object literal survived into every bundle.
const NUMBER_FORMAT_RANGES = /*@__PURE__*/ (() => ({
    safeint: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    int32: [-2147483648, 2147483647],
    uint32: [0, 4294967295],
    float32: [-3.4028234663852886e38, 3.4028234663852886e38],
    float64: [-Number.MAX_VALUE, Number.MAX_VALUE],
}))();
const BIGINT_FORMAT_RANGES = {
    int64: [/* @__PURE__*/ BigInt("-9223372036854775808"), /* @__PURE__*/ BigInt("9223372036854775807")],
    uint64: [/* @__PURE__*/ BigInt(0), /* @__PURE__*/ BigInt("18446744073709551615")],
};
function pick(schema, mask) {
    const currDef = schema._zod.def;
    const checks = currDef.checks;
    const hasChecks = checks && checks.length > 0;
    if (hasChecks) {
        throw new Error(".pick() cannot be used on object schemas containing refinements");
    }
    const newShape = {};
    mirrorShape(newShape, schema, maskedKeys(schema, mask));
    return clone(schema, mergeDefs(currDef, { shape: newShape, checks: [] }));
}
// the mask keys that select something, checked against the source's shape without resolving it
function maskedKeys(schema, mask) {
    const raw = sourceShape(schema);
    const keys = [];
    // `for...in` skips symbols, so a symbol in the mask would select nothing
    for (const key of Reflect.ownKeys(mask)) {
        if (!Object.getOwnPropertyDescriptor(raw, key)?.enumerable) {
            throw new Error(`Unrecognized key: "${String(key)}"`);
        }
        if (mask[key])
            keys.push(key);
    }
    return keys;
}
function omit(schema, mask) {
    const currDef = schema._zod.def;
    const checks = currDef.checks;
    const hasChecks = checks && checks.length > 0;
    if (hasChecks) {
        throw new Error(".omit() cannot be used on object schemas containing refinements");
    }
    const omitted = new Set(maskedKeys(schema, mask));
    const newShape = {};
    mirrorShape(newShape, schema, Reflect.ownKeys(sourceShape(schema)).filter((key) => !omitted.has(key)));
    return clone(schema, mergeDefs(currDef, { shape: newShape, checks: [] }));
}
function extend(schema, shape) {
    if (!isPlainObject(shape)) {
        throw new Error("Invalid input to extend: expected a plain object");
    }
    const checks = schema._zod.def.checks;
    const hasChecks = checks && checks.length > 0;
    if (hasChecks) {
        // Only throw if new shape overlaps with existing shape. Use getOwnPropertyDescriptor to check key existence without accessing values
        const existingShape = sourceShape(schema);
        for (const key of Reflect.ownKeys(shape)) {
            if (Object.getOwnPropertyDescriptor(existingShape, key) !== undefined) {
                throw new Error("Cannot overwrite keys on object schemas containing refinements. Use `.safeExtend()` instead.");
            }
        }
    }
    return clone(schema, mergeDefs(schema._zod.def, { shape: extended(schema, shape) }));
}
// the source's keys, then the caller's overlaid on top
function extended(schema, shape) {
    const newShape = {};
    mirrorShape(newShape, schema, Reflect.ownKeys(sourceShape(schema)));
    mirrorProps(newShape, shape);
    return newShape;
}
function safeExtend(schema, shape) {
    if (!isPlainObject(shape)) {
        throw new Error("Invalid input to safeExtend: expected a plain object");
    }
    return clone(schema, mergeDefs(schema._zod.def, { shape: extended(schema, shape) }));
}
function merge(a, b) {
    if (!b?._zod?.def) {
        throw new Error("Invalid input to merge: expected an object schema. To merge a plain shape, use `.extend()`.");
    }
    if (a._zod.def.checks?.length) {
        throw new Error(".merge() cannot be used on object schemas containing refinements. Use .safeExtend() instead.");
    }
    const newShape = {};
    mirrorShape(newShape, a, Reflect.ownKeys(sourceShape(a)));
    mirrorShape(newShape, b, Reflect.ownKeys(sourceShape(b)));
    const def = mergeDefs(a._zod.def, {
        shape: newShape,
        get catchall() {
            return b._zod.def.catchall;
        },
        checks: b._zod.def.checks ?? [],
    });
    return clone(a, def);
}
function partial(Class, schema, mask, name = "partial") {
    const currDef = schema._zod.def;
    const checks = currDef.checks;
    const hasChecks = checks && checks.length > 0;
    if (hasChecks) {
        throw new Error(`.${name}() cannot be used on object schemas containing refinements`);
    }
    const selected = mask ? new Set(maskedKeys(schema, mask)) : undefined;
    const newShape = {};
    mirrorShape(newShape, schema, Reflect.ownKeys(sourceShape(schema)), Class &&
        ((value, key) => (selected && !selected.has(key) ? value : new Class({ type: "optional", innerType: value }))));
    return clone(schema, mergeDefs(schema._zod.def, { shape: newShape, checks: [] }));
}
function required(Class, schema, mask) {
    const selected = mask ? new Set(maskedKeys(schema, mask)) : undefined;
    const newShape = {};
    mirrorShape(newShape, schema, Reflect.ownKeys(sourceShape(schema)), (value, key) => 
    // overwrite with non-optional
    selected && !selected.has(key) ? value : new Class({ type: "nonoptional", innerType: value }));
    return clone(schema, mergeDefs(schema._zod.def, { shape: newShape }));
}
// invalid_type | too_big | too_small | invalid_format | not_multiple_of | unrecognized_keys | invalid_union | invalid_key | invalid_element | invalid_value | custom
function aborted(x, startIndex = 0) {
    if (x.aborted === true)
        return true;
    for (let i = startIndex; i < x.issues.length; i++) {
        if (x.issues[i]?.continue !== true) {
            return true;
        }
    }
    return false;
}
// Checks for explicit abort (continue === false), as opposed to implicit abort (continue === undefined). Used to respect `abort: true` in .refine() even for checks that have a `when` function.
function explicitlyAborted(x, startIndex = 0) {
    if (x.aborted === true)
        return true;
    for (let i = startIndex; i < x.issues.length; i++) {
        if (x.issues[i]?.continue === false) {
            return true;
        }
    }
    return false;
}
function prefixIssues(path, issues) {
    return issues.map((iss) => {
        var _a;
        (_a = iss).path ?? (_a.path = []);
        iss.path.unshift(path);
        return iss;
    });
}
function unwrapMessage(message) {
    return typeof message === "string" ? message : message?.message;
}
/* A check holds no link back to the schema it is attached to — the same check instance is shared by every clone of that schema — so the owner is stamped onto the issues a check just raised, at the only point where both are in scope. Runs on the failure path only; `start` is the issue count from before the check ran. */
/** The leading size checks of `defChecks` that set an upper bound, each paired with it. */
function sizeCaps(defChecks) {
    const caps = [];
    for (const ch of defChecks ?? []) {
        const d = ch._zod.def;
        // a later check may rewrite the value
        if (!/_(length|size)$|_equals$/.test(d.check))
            break;
        const max = d.maximum ?? d.length ?? d.size;
        if (max >= 0)
            caps.push([max, ch]);
    }
    return caps;
}
function attachSchema(issues, start, inst) {
    var _a;
    for (let i = start; i < issues.length; i++) {
        (_a = issues[i]).schema ?? (_a.schema = inst);
    }
}
function finalizeIssue(iss, ctx, config) {
    var _a;
    // A schema that raised an issue itself owns it outright, and outranks any stamp an enclosing check left in `attachSchema`. String formats and z.custom() are schema and check at once, so when they act as a check they defer to that stamp instead.
    const traits = iss.inst?._zod?.traits;
    if (traits?.has("$ZodType")) {
        if (traits.has("$ZodCheck"))
            (_a = iss).schema ?? (_a.schema = iss.inst);
        else
            iss.schema = iss.inst;
    }
    // Decreasing specificity, first map to return a message wins. `inst` is whatever raised the issue, so a check's own map outranks the owning schema's.
    const schemaError = iss.schema !== iss.inst ? iss.schema?._zod.def?.error : undefined;
    const message = iss.message
        ? iss.message
        : (unwrapMessage(iss.inst?._zod.def?.error?.(iss)) ??
            unwrapMessage(schemaError?.(iss)) ??
            unwrapMessage(ctx?.error?.(iss)) ??
            unwrapMessage(config.customError?.(iss)) ??
            unwrapMessage(config.localeError?.(iss)) ??
            "Invalid input");
    // an explicit own-key copy beats object rest with excluded keys, which v8 routes through a generic runtime call; Object.keys rather than for-in so an issue pushed with a prototype does not leak inherited keys, and an own __proto__ key is dropped rather than assigned through the setter
    const full = {};
    for (const k of Object.keys(iss)) {
        if (k === "inst" || k === "schema" || k === "continue" || k === "input" || k === "__proto__")
            continue;
        full[k] = iss[k];
    }
    full.path ?? (full.path = []);
    full.message = message;
    if (ctx?.reportInput) {
        full.input = iss.input;
    }
    return full;
}
function getSizableOrigin(input) {
    if (input instanceof Set)
        return "set";
    if (input instanceof Map)
        return "map";
    // @ts-ignore
    if (input instanceof File)
        return "file";
    return "unknown";
}
const highSurrogate = /[\uD800-\uDBFF]/;
// Code points in `str`: a surrogate pair counts once, a lone surrogate as itself. Hand-rolled because the string iterator allocates and runs ~250x slower on this path; the regex probe exits ~50x quicker for a string with no astral characters.
function codePointLength(str) {
    const units = str.length;
    if (!highSurrogate.test(str))
        return units;
    let count = units;
    for (let i = 0; i < units - 1; i++) {
        if ((str.charCodeAt(i) & 0xfc00) === 0xd800 && (str.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
            count--;
            i++;
        }
    }
    return count;
}
function getLengthableOrigin(input) {
    if (Array.isArray(input))
        return "array";
    if (typeof input === "string")
        return "string";
    return "unknown";
}
function parsedType(data) {
    const t = typeof data;
    switch (t) {
        case "number": {
            return Number.isNaN(data) ? "nan" : "number";
        }
        case "object": {
            if (data === null) {
                return "null";
            }
            if (Array.isArray(data)) {
                return "array";
            }
            const obj = data;
            if (obj && Object.getPrototypeOf(obj) !== Object.prototype && "constructor" in obj && obj.constructor) {
                return obj.constructor.name;
            }
        }
    }
    return t;
}
function util_issue(...args) {
    const [iss, input, inst] = args;
    if (typeof iss === "string") {
        return {
            message: iss,
            code: "custom",
            input,
            inst,
        };
    }
    return { ...iss };
}
function cleanEnum(obj) {
    return Object.entries(obj)
        .filter(([k, _]) => {
        // return true if NaN, meaning it's not a number, thus a string key
        return Number.isNaN(Number.parseInt(k, 10));
    })
        .map((el) => el[1]);
}
// Codec utility functions
function base64ToUint8Array(base64) {
    const binaryString = atob(base64);
    const bytes = new Uint8Array(binaryString.length);
    for (let i = 0; i < binaryString.length; i++) {
        bytes[i] = binaryString.charCodeAt(i);
    }
    return bytes;
}
function uint8ArrayToBase64(bytes) {
    let binaryString = "";
    for (let i = 0; i < bytes.length; i++) {
        binaryString += String.fromCharCode(bytes[i]);
    }
    return btoa(binaryString);
}
function base64urlToUint8Array(base64url) {
    const base64 = base64url.replace(/-/g, "+").replace(/_/g, "/");
    const padding = "=".repeat((4 - (base64.length % 4)) % 4);
    return base64ToUint8Array(base64 + padding);
}
function uint8ArrayToBase64url(bytes) {
    return uint8ArrayToBase64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}
function hexToUint8Array(hex) {
    const cleanHex = hex.replace(/^0x/, "");
    if (cleanHex.length % 2 !== 0) {
        throw new Error("Invalid hex string length");
    }
    const bytes = new Uint8Array(cleanHex.length / 2);
    for (let i = 0; i < cleanHex.length; i += 2) {
        bytes[i / 2] = Number.parseInt(cleanHex.slice(i, i + 2), 16);
    }
    return bytes;
}
function uint8ArrayToHex(bytes) {
    return Array.from(bytes)
        .map((b) => b.toString(16).padStart(2, "0"))
        .join("");
}
// instanceof
class Class {
    constructor(..._args) { }
}
//////////    PROTOTYPE INSTALLERS     //////////
//
// Members live on the prototype and materialize per instance on first read, which keeps own-property count under the step where V8 stops using inline slots. Changing anything here means re-measuring runtime, memory and bundle size together — see "The three axes" in AGENTS.md.
/**
 * Installs a trait's members on its prototype. Each value builds that member for the instance on first read; the built value shadows the accessor as an own property, so a detached `const { parse } = schema` keeps working.
 *
 * Call this from a `proto` initializer, which runs once per prototype — never per instance.
 */
function members(proto, table) {
    for (const key in table) {
        const desc = Object.getOwnPropertyDescriptor(table, key);
        // a getter installs as written, so it stays live: `description` reads through to the registry on every access. not enumerable: an object literal's is, and a prototype member never was
        if (desc.get)
            Object.defineProperty(proto, key, { ...desc, enumerable: false });
        // a method materializes bound on first read, which is what keeps a detached member working: `const opt = schema.optional; opt()`
        else
            defineBound(proto, key, desc.value);
    }
}
/** Shadows a prototype member with an own value, so a getter that builds from the instance runs once. */
function own(inst, key, value, enumerable = true) {
    Object.defineProperty(inst, key, { configurable: true, writable: true, enumerable, value });
    return value;
}
/** Like {@link own}, for a member that was never an own data property and has to stay out of `Object.keys`. */
function hide(inst, key, value) {
    return own(inst, key, value, false);
}
/** Adds members a table derives from the instance: each builds on first read and shadows as own data, and assignment shadows the same way, as when these were own properties. */
function derived(computes, table) {
    for (const key in computes) {
        const compute = computes[key];
        // an object literal's accessor is configurable and enumerable, and `members` copies the descriptor as written
        Object.defineProperty(table, key, {
            configurable: true,
            enumerable: true,
            get() {
                return own(this, key, compute(this));
            },
            set(value) {
                own(this, key, value);
            },
        });
    }
    return table;
}
function defineBound(proto, key, fn) {
    Object.defineProperty(proto, key, {
        configurable: true,
        get() {
            // vitest's spyOn calls a prototype getter bare to find the function it wraps, so a nullish receiver answers the raw method
            return this == null ? fn : own(this, key, fn.bind(this));
        },
        set(value) {
            own(this, key, value);
        },
    });
}
/** Returns the prototype to install on, or `undefined` if this group is already installed on it. */
function claim(inst, sentinel) {
    const proto = Object.getPrototypeOf(inst);
    // Runs on every construction, so `in` rather than the costlier `hasOwnProperty.call`. Sentinels are keys the group itself defines.
    return sentinel in proto ? undefined : proto;
}
// The internals whose init chain is installing. A second call for the same one is a derived constructor overriding its base, so it must not construct another schema in between or the override is dropped.
let installing;
// Set while a getter is running, so a value that resolved through a recursion break is not memoized. One shared descriptor shadows the key for the duration, which costs no per-key allocation.
let broke = false;
const breaker = {
    configurable: true,
    get() {
        broke = true;
        return undefined;
    },
};
/**
 * Installs a lazily-derived internal on the `_zod` prototype of `inst`'s
 * constructor, computed from the internals object itself and cached there on
 * first read. One accessor per constructor rather than one per instance.
 */
function defineLazyInternal(inst, key, compute) {
    const proto = Object.getPrototypeOf(inst._zod);
    if (key in proto && installing !== inst._zod) {
        // A repeat construction: everything is installed already. Cleared here so the reference is not held past the first construction of every type.
        installing = undefined;
        return;
    }
    installing = inst._zod;
    Object.defineProperty(proto, key, {
        configurable: true,
        get() {
            // Shadowed before computing so a re-entrant read from a recursive schema resolves to undefined instead of running the getter again.
            Object.defineProperty(this, key, breaker);
            const outer = broke;
            broke = false;
            try {
                const value = compute(this);
                // A result that resolved through a recursion break is recomputed once the graph is complete; everything else memoizes, undefined included.
                if (broke)
                    delete this[key];
                else
                    Object.defineProperty(this, key, { configurable: true, writable: true, value });
                broke = broke || outer;
                return value;
            }
            catch (err) {
                // A compute that threw memoizes nothing, so a later read runs it again and fails the same way. The shadow goes with it, since leaving it installed would answer undefined for every later read.
                delete this[key];
                broke = broke || outer;
                throw err;
            }
        },
        set(value) {
            Object.defineProperty(this, key, { configurable: true, writable: true, value });
        },
    });
}
/**
 * Installs `key` on `inst`'s prototype, computed by `make` on first read and cached there as an own
 * data property. One accessor per constructor rather than one per instance, because an own accessor
 * puts every instance after the first into v8 dictionary mode. The key doubles as the sentinel.
 */
function installLazyProp(inst, key, make, enumerable) {
    const proto = claim(inst, key);
    if (!proto)
        return;
    Object.defineProperty(proto, key, {
        configurable: true,
        get() {
            // Shadowed before computing, so a re-entrant read from a self-referential shape resolves to undefined instead of running the getter again. A data property rather than an accessor: an own accessor is the dictionary-mode transition this exists to avoid.
            const desc = { configurable: true, writable: true, enumerable, value: undefined };
            Object.defineProperty(this, key, desc);
            // a compute that throws leaves the shadow behind, so later reads answer undefined instead of re-throwing; `defineLazy` did the same, and `defineLazyInternal`'s delete-on-catch would cost bytes in every bundle for a case only a throwing user getter reaches
            desc.value = make(this);
            Object.defineProperty(this, key, desc);
            return desc.value;
        },
        set(value) {
            Object.defineProperty(this, key, { configurable: true, writable: true, enumerable, value });
        },
    });
}
/** Marks the thunk `_catch` synthesises for a constant catch value. `Function.length` cannot tell that thunk from a user callback — rest and defaulted parameters both report arity 0 — and a user callback reads `ctx.error`, whose issues only finalize correctly against the caller's per-parse error map. Provenance can say what arity cannot. A plain string key rather than `Symbol.for`, whose call at module scope no bundler can prove pure — the same shape that anchored `urlCanParse` into every build. */
const CONSTANT_CATCH = "~constantCatch";
/** Wraps a constant catch value in a thunk tagged with {@link CONSTANT_CATCH}. */
function constantCatch(value) {
    const fn = () => value;
    fn[CONSTANT_CATCH] = true;
    return fn;
}

;// CONCATENATED MODULE: ../../work/main/node_modules/zod/v4/core/core.js
var _a;

/** A special constant with type `never` */
const NEVER = /*@__PURE__*/ Object.freeze({
    status: "aborted",
});
/* Shared descriptor for installing `_zod`; defineProperty reads it
 * synchronously, so reusing one object avoids a per-instance allocation. */
const _zodDesc = { value: undefined, enumerable: false };
// null where suppressing the capture would be unrecoverable: `parse()` puts the frames back with `captureStackTrace`, so without it the throw would lose its stack. also latched to null once `stackTraceLimit` proves unassignable, which a realm can do at any point by hardening Error
let _E = "captureStackTrace" in Error ? Error : null;
// v8 captures a stack trace inside the Error constructor, which dominates a failed parse; costs only the frames, and parse() restores those. the constructor must RUN: Object.create is cheaper and passes instanceof, but Error.isError and util.types.isNativeError check an internal slot
function newError(Definition) {
    const E = _E;
    if (E) {
        const saved = E.stackTraceLimit;
        if (typeof saved === "number") {
            try {
                E.stackTraceLimit = 0;
            }
            catch {
                _E = null;
                return new Definition();
            }
            try {
                return new Definition();
            }
            finally {
                E.stackTraceLimit = saved;
            }
        }
    }
    return new Definition();
}
function $constructor(name, initializer, 
/** This trait's members, installed once on every prototype that composes it. They cannot be declared in the initializer above: that runs per instance, and the prototype is shared. */
proto, params) {
    // Prototype for this constructor's `_zod` internals. Lazily-derived fields (`values`, `pattern`, `optin`, …) install here once rather than as an accessor on every instance.
    const zodProto = {};
    // Assigning the fields in the constructor body is what gives instances in-object slots; building the object literally and reparenting it costs a second allocation and a generic property copy.
    function Internals(def) {
        this.def = def;
        this.constr = _;
        this.traits = new Set();
    }
    Internals.prototype = zodProto;
    const protoMembers = proto;
    // One trait's members land on every prototype whose chain composes it, so the answer is per prototype rather than per trait.
    const initialized = protoMembers && new WeakSet();
    function init(inst, def) {
        if (!inst._zod) {
            _zodDesc.value = new Internals(def);
            try {
                Object.defineProperty(inst, "_zod", _zodDesc);
            }
            finally {
                // Cleared even on throw, so the shared descriptor never leaks one instance's internals into the next.
                _zodDesc.value = undefined;
            }
        }
        else if (inst._zod.traits.has(name)) {
            return;
        }
        inst._zod.traits.add(name);
        initializer(inst, def);
        if (initialized) {
            // `super(def)` from a user subclass gives `this` a prototype the subclass owns, and installing there would overwrite whatever the subclass declared. `constr` built the instance, so its prototype is the one below the subclass's that should carry the members. A receiver whose chain never reaches that prototype installs on its own, which for a plain object handed straight to `init` means `Object.prototype` — unchanged from before.
            const own = Object.getPrototypeOf(inst);
            const ctorProto = inst._zod.constr.prototype;
            let up = own;
            while (up && up !== ctorProto)
                up = Object.getPrototypeOf(up);
            const target = up ?? own;
            if (!initialized.has(target)) {
                initialized.add(target);
                members(target, protoMembers);
            }
        }
        // support prototype modifications; for-in avoids the array allocation of Object.keys on the (usually empty) prototype
        const proto = _.prototype;
        for (const k in proto) {
            if (!Object.prototype.hasOwnProperty.call(proto, k))
                continue;
            if (!(k in inst)) {
                inst[k] = proto[k].bind(inst);
            }
        }
    }
    // doesn't work if Parent has a constructor with arguments
    const Parent = params?.Parent ?? Object;
    class Definition extends Parent {
    }
    Object.defineProperty(Definition, "name", { value: name });
    function _(def) {
        const inst = params?.Parent ? newError(Definition) : this;
        init(inst, def);
        const deferred = inst._zod.deferred;
        if (deferred) {
            for (const fn of deferred) {
                fn();
            }
            // Released: initializers run once, and the list would otherwise be retained for the schema's lifetime.
            inst._zod.deferred = undefined;
        }
        // Global post-processor hook. Internal: installed by `import "zod/compile"` to enable AOT compilation for every constructed schema. Runs last, once the instance is fully built, because it hands the instance to compile(). The post-processor is expected to be reentrancy-guarded by its own implementation.
        const pp = globalThis.__zod_globalConfig?.postProcessor;
        if (pp)
            pp(inst);
        return inst;
    }
    Object.defineProperty(_, "init", { value: init });
    Object.defineProperty(_, Symbol.hasInstance, {
        value: (inst) => {
            if (params?.Parent && inst instanceof params.Parent)
                return true;
            return inst?._zod?.traits?.has(name);
        },
    });
    Object.defineProperty(_, "name", { value: name });
    return _;
}
//////////////////////////////   UTILITIES   ///////////////////////////////////////
const $brand = /*@__PURE__*/ (/* unused pure expression or super */ null && (Symbol("zod_brand")));
class $ZodAsyncError extends Error {
    constructor() {
        super(`Encountered Promise during synchronous parse. Use .parseAsync() instead.`);
    }
}
class $ZodEncodeError extends Error {
    constructor(name) {
        super(`Encountered unidirectional transform during encode: ${name}`);
        this.name = "ZodEncodeError";
    }
}
(_a = globalThis).__zod_globalConfig ?? (_a.__zod_globalConfig = {});
const globalConfig = globalThis.__zod_globalConfig;
function config(newConfig) {
    if (newConfig)
        Object.assign(globalConfig, newConfig);
    return globalConfig;
}

;// CONCATENATED MODULE: ../../work/main/node_modules/zod/v4/core/memoizer.js

class $ZodCyclicError extends Error {
    constructor() {
        super(`Cannot parse a reference cycle that closes through a transform`);
        this.name = "ZodCyclicError";
    }
}
/** Keyed off the context object every schema in one parse call already shares. */
const STATE = "~memo";
const NO_ISSUES = [];
// a value a cycle can close through
function isRef(value) {
    return value !== null && typeof value === "object";
}
// Receivers prefix paths in place, so the cache and every hand-out need their own copies.
function cloneIssues(issues) {
    return issues.map((iss) => (iss.path ? { ...iss, path: iss.path.slice() } : { ...iss }));
}
const recursive = /*@__PURE__*/ new WeakMap();
/** What the walk established, in order of certainty: ordered so the strongest answer among children wins. */
const NONE = 0;
const ASSUMED = 1;
const PROVEN = 2;
/** Whether this schema's subtree contains a cycle, so one parse can re-enter it. */
function isRecursive(inst, stack, resolve) {
    const cached = recursive.get(inst);
    if (cached !== undefined)
        return cached ? PROVEN : NONE;
    // Relative to the walk in progress, so not cached.
    if (stack.has(inst))
        return PROVEN;
    stack.add(inst);
    let result = NONE;
    const check = (child) => {
        if (result !== PROVEN && child?._zod) {
            const answer = isRecursive(child, stack, resolve);
            if (answer > result)
                result = answer;
        }
    };
    // `Reflect.ownKeys` rather than `Object.keys`, so a cycle through a declared symbol key is still seen
    const shape = (sh, spread) => {
        let answer = NONE;
        for (const key of Reflect.ownKeys(sh)) {
            const desc = Object.getOwnPropertyDescriptor(sh, key);
            // an object resolves its shape by spread, so a key it does not enumerate is never parsed; `z.properties` reads every own key and so keeps them all
            if (spread && !desc.enumerable)
                continue;
            // resolving runs user code, and a factory mints a fresh subtree per read, so an edge the walk can't follow counts as a cycle
            const child = desc.get ? ASSUMED : desc.value?._zod ? isRecursive(desc.value, stack, resolve) : NONE;
            if (child > answer)
                answer = child;
        }
        return answer;
    };
    const merge = (answer) => {
        if (answer > result)
            result = answer;
    };
    const def = inst._zod.def;
    const kind = def.type;
    switch (kind) {
        case "object": {
            const raw = rawShape(def);
            // a def with no raw shape answers `shape` from an accessor of its own, and running that can mint a whole fresh subtree
            merge(raw ? shape(raw, true) : ASSUMED);
            check(def.catchall);
            break;
        }
        case "array":
            check(def.element);
            break;
        case "tuple":
            for (const el of def.items)
                check(el);
            check(def.rest);
            break;
        case "record":
        case "map":
            check(def.keyType);
            check(def.valueType);
            break;
        case "set":
            check(def.valueType);
            break;
        case "union":
            for (const el of def.options)
                check(el);
            break;
        case "intersection":
            check(def.left);
            check(def.right);
            break;
        case "optional":
        case "nullable":
        case "default":
        case "prefault":
        case "catch":
        case "readonly":
        case "nonoptional":
        case "promise":
        case "success":
            check(def.innerType);
            break;
        case "pipe":
            check(def.in);
            check(def.out);
            break;
        case "function":
            check(def.input);
            check(def.output);
            break;
        // `$ZodLazy` caches its inner on the def, so a resolved edge is followed exactly
        case "lazy": {
            const inner = def._cachedInner ?? (resolve ? inst._zod.innerType : undefined);
            // walked with resolution off: one hop sees past the deferral, and a lazy that yields only another unresolved lazy is generative, so it stops there
            merge(inner ? isRecursive(inner, stack, false) : ASSUMED);
            break;
        }
        // a leaf by choice: `parts` are regex fragments, not data positions
        case "template_literal":
        // leaves
        case "string":
        case "number":
        case "int":
        case "boolean":
        case "bigint":
        case "symbol":
        case "undefined":
        case "null":
        case "void":
        case "never":
        case "any":
        case "unknown":
        case "date":
        case "nan":
        case "enum":
        case "literal":
        case "file":
        case "transform":
        case "custom":
            break;
        default: {
            // a new built-in kind becomes a compile error here
            kind;
            // a user-defined kind can still hold children, and only its author knows where, so fall back to scanning the def — skipping accessors, since reading one can run user code
            for (const key in def) {
                const desc = Object.getOwnPropertyDescriptor(def, key);
                if (!desc || desc.get)
                    continue;
                const value = desc.value;
                if (!value || typeof value !== "object")
                    continue;
                if (value._zod)
                    check(value);
                else if (Array.isArray(value))
                    for (const el of value)
                        check(el);
            }
        }
    }
    stack.delete(inst);
    return settle(inst, result);
}
/** An assumed answer must not outlive the resolution that settles it, so only a certain one is cached. */
function settle(inst, answer) {
    if (answer !== ASSUMED)
        recursive.set(inst, answer === PROVEN);
    return answer;
}
/**
 * Whether one parse can re-enter this schema, i.e. its subtree contains a cycle.
 * Exported for `z.compile`, which refuses to compile such a schema: cycle
 * breaking is driven from here off state keyed on the parse context, and a
 * generated fast path has no context to key on.
 */
function isRecursiveSchema(inst) {
    // z.compile never parses, so nothing would ever resolve a lazy for it; it runs once and already treats a throw here as recursive
    return isRecursive(inst, new Set(), true) !== NONE;
}
function bucketFor(state, inst) {
    let bucket = state.buckets.get(inst);
    if (!bucket) {
        bucket = new WeakMap();
        state.buckets.set(inst, bucket);
    }
    return bucket;
}
// Set immediately before delegating to core and cleared immediately after, so `alloc` registers only for a visit this module is driving.
let handoff;
// Allocated but unfinished entries. `alloc` and the matching pop both happen in the synchronous part of a parse, so they nest even when children are async, and one stack serves every schema.
const memoizer_open = [];
const memo = {
    alloc(_inst, payload, empty) {
        const bucket = handoff;
        if (!bucket)
            return empty;
        handoff = undefined;
        const entry = { value: empty, issues: null };
        bucket.set(payload.value, entry);
        memoizer_open.push(entry);
        return empty;
    },
    guard(inst) {
        var _a;
        (_a = inst._zod).deferred ?? (_a.deferred = []);
        inst._zod.deferred.push(() => {
            const base = inst._zod.parse;
            const wrapped = (payload, ctx) => {
                // The value is a placeholder a back-edge is still waiting on, so the cycle closes through this transform. Its output can't exist in time to bind.
                if (ctx.direction !== "backward" && isBackEdge(ctx, payload.value))
                    throw new $ZodCyclicError();
                return base(payload, ctx);
            };
            inst._zod.parse = wrapped;
            if (inst._zod.run === base)
                inst._zod.run = wrapped;
        });
    },
    attach(inst) {
        var _a;
        let isRecursiveInst;
        let rechecked = false;
        // a recursive schema is re-entered many times per parse and its bucket never changes
        let lastCtx;
        let lastBucket;
        // Wraps `parse` in a deferred so it sees the container's final parse. Core's own deferred copies `parse` into `run` when there are no checks, and it ran first, so `run` is patched to match; with checks, `run` reads `parse` dynamically.
        (_a = inst._zod).deferred ?? (_a.deferred = []);
        inst._zod.deferred.push(() => {
            const base = inst._zod.parse;
            const wrapped = (payload, ctx) => {
                if (isRecursiveInst === undefined) {
                    const walked = isRecursive(inst, new Set(), false);
                    if (walked === NONE) {
                        // Nothing here can ever fire, so take it back out.
                        inst._zod.parse = base;
                        if (inst._zod.run === wrapped)
                            inst._zod.run = base;
                        return base(payload, ctx);
                    }
                    // this parse resolves the deferred edges on its own path, so ask once more before latching
                    if (walked === PROVEN || rechecked)
                        isRecursiveInst = true;
                    else
                        rechecked = true;
                }
                const input = payload.value;
                if (!isRef(input))
                    return base(payload, ctx);
                let state = ctx[STATE];
                if (!state) {
                    state = { buckets: new WeakMap(), backEdges: undefined };
                    ctx[STATE] = state;
                }
                let bucket;
                if (lastCtx === ctx) {
                    bucket = lastBucket;
                }
                else {
                    bucket = bucketFor(state, inst);
                    lastCtx = ctx;
                    lastBucket = bucket;
                }
                const hit = bucket.get(input);
                if (hit) {
                    payload.value = hit.value;
                    if (hit.issues) {
                        if (hit.issues.length)
                            payload.issues.push(...cloneIssues(hit.issues));
                    }
                    else {
                        // Still being parsed: its own checks cover it, so skip them here.
                        payload.memo = true;
                        state.backEdges ?? (state.backEdges = new WeakSet());
                        state.backEdges.add(hit.value);
                    }
                    return payload;
                }
                handoff = bucket;
                const depth = memoizer_open.length;
                const result = base(payload, ctx);
                handoff = undefined;
                // A container that rejected its input outright allocated nothing.
                const entry = memoizer_open.length > depth ? memoizer_open.pop() : undefined;
                // Both paths written out so the sync one allocates no closure. It runs once per node, and capturing here cost more than everything else combined.
                if (result instanceof Promise) {
                    return result.then((r) => {
                        if (entry)
                            entry.issues = r.issues.length ? cloneIssues(r.issues) : NO_ISSUES;
                        return r;
                    });
                }
                if (entry)
                    entry.issues = result.issues.length ? cloneIssues(result.issues) : NO_ISSUES;
                return result;
            };
            inst._zod.parse = wrapped;
            if (inst._zod.run === base)
                inst._zod.run = wrapped;
        });
    },
};
/** The memoizer that gives containers cycle support. `zod` installs it by default; `zod/mini` opts in with `config({ memoizer: memoizer() })`. */
function memoizer() {
    return memo;
}
/** Whether this value is a node a back-edge resolved to before it finished. */
function isBackEdge(ctx, value) {
    const backEdges = ctx[STATE]?.backEdges;
    return backEdges !== undefined && isRef(value) && backEdges.has(value);
}

;// CONCATENATED MODULE: ../../work/main/node_modules/zod/v4/core/regexes.js

/**
 * @deprecated CUID v1 is deprecated by its authors due to information leakage
 * (timestamps embedded in the id). Use {@link cuid2} instead.
 * See https://github.com/paralleldrive/cuid.
 */
const cuid = /^[cC][0-9a-z]{6,}$/;
const cuid2 = /^[0-9a-z]+$/;
const ulid = /^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$/;
const xid = /^[0-9a-vA-V]{20}$/;
const ksuid = /^[A-Za-z0-9]{27}$/;
const nanoid = /^[a-zA-Z0-9_-]{21}$/;
function nanoidOfLength(length) {
    return new RegExp(`^[a-zA-Z0-9_-]{${length}}$`);
}
/** ISO 8601-1 duration regex. Does not support the 8601-2 extensions like negative durations or fractional/negative components. */
const duration = /^P(?:(\d+W)|(?!.*W)(?=\d|T\d)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+([.,]\d+)?S)?)?)$/;
/** Implements ISO 8601-2 extensions like explicit +- prefixes, mixing weeks with other units, and fractional/negative components. */
const extendedDuration = /^[-+]?P(?!$)(?:(?:[-+]?\d+Y)|(?:[-+]?\d+[.,]\d+Y$))?(?:(?:[-+]?\d+M)|(?:[-+]?\d+[.,]\d+M$))?(?:(?:[-+]?\d+W)|(?:[-+]?\d+[.,]\d+W$))?(?:(?:[-+]?\d+D)|(?:[-+]?\d+[.,]\d+D$))?(?:T(?=[\d+-])(?:(?:[-+]?\d+H)|(?:[-+]?\d+[.,]\d+H$))?(?:(?:[-+]?\d+M)|(?:[-+]?\d+[.,]\d+M$))?(?:[-+]?\d+(?:[.,]\d+)?S)?)??$/;
/** A regex for any UUID-like identifier: 8-4-4-4-12 hex pattern */
const guid = /^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})$/;
/** Returns a regex for validating an RFC 9562/4122 UUID.
 *
 * @param version Optionally specify a version 1-8. If no version is specified, all versions are supported. */
const uuid = (version) => {
    if (!version)
        return /^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$/;
    return new RegExp(`^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-${version}[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12})$`);
};
const uuid4 = /*@__PURE__*/ (/* unused pure expression or super */ null && (uuid(4)));
const uuid6 = /*@__PURE__*/ (/* unused pure expression or super */ null && (uuid(6)));
const uuid7 = /*@__PURE__*/ (/* unused pure expression or super */ null && (uuid(7)));
/** Practical email validation */
const email = /^(?:[A-Za-z0-9_'+\-]+\.)*[A-Za-z0-9_'+\-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$/;
/** Equivalent to the HTML5 input[type=email] validation implemented by browsers. Source: https://developer.mozilla.org/en-US/docs/Web/HTML/Element/input/email */
const html5Email = /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;
/** The classic emailregex.com regex for RFC 5322-compliant emails */
const rfc5322Email = /^(([^<>()\[\]\\.,;:\s@"]+(\.[^<>()\[\]\\.,;:\s@"]+)*)|(".+"))@((\[[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}])|(([a-zA-Z\-0-9]+\.)+[a-zA-Z]{2,}))$/;
/** A loose regex that allows Unicode characters, enforces length limits, and that's about it. */
const unicodeEmail = /^[^\s@"]{1,64}@[^\s@]{1,255}$/u;
const idnEmail = (/* unused pure expression or super */ null && (unicodeEmail));
const browserEmail = /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;
// from https://thekevinscott.com/emojis-in-javascript/#writing-a-regular-expression
// Single character class, not an alternation: the two properties overlap (U+1F9B0-U+1F9B3), so `(A|B)+` backtracks exponentially on a failed match. The leading lookahead then demands one anchor — a pictograph, a regional indicator, or the enclosing keycap — because `\p{Emoji_Component}` on its own covers ASCII digits, `#`, `*`, ZWJ, variation selectors and skin tone modifiers, none of which is an emoji without a base.
const _emoji = `^(?=[\\s\\S]*[\\p{Extended_Pictographic}\\p{Regional_Indicator}\\u20E3])[\\p{Extended_Pictographic}\\p{Emoji_Component}]+$`;
function emoji() {
    return new RegExp(_emoji, "u");
}
const ipv4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])$/;
const ipv6 = /^(([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,7}:|([0-9a-fA-F]{1,4}:){1,6}:[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,5}(:[0-9a-fA-F]{1,4}){1,2}|([0-9a-fA-F]{1,4}:){1,4}(:[0-9a-fA-F]{1,4}){1,3}|([0-9a-fA-F]{1,4}:){1,3}(:[0-9a-fA-F]{1,4}){1,4}|([0-9a-fA-F]{1,4}:){1,2}(:[0-9a-fA-F]{1,4}){1,5}|[0-9a-fA-F]{1,4}:((:[0-9a-fA-F]{1,4}){1,6})|:((:[0-9a-fA-F]{1,4}){1,7}|:))$/;
const mac = (delimiter) => {
    const escapedDelim = util.escapeRegex(delimiter ?? ":");
    return new RegExp(`^(?:[0-9A-F]{2}${escapedDelim}){5}[0-9A-F]{2}$|^(?:[0-9a-f]{2}${escapedDelim}){5}[0-9a-f]{2}$`);
};
const cidrv4 = /^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])\/([0-9]|[1-2][0-9]|3[0-2])$/;
const cidrv6 = /^(([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,7}:|([0-9a-fA-F]{1,4}:){1,6}:[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,5}(:[0-9a-fA-F]{1,4}){1,2}|([0-9a-fA-F]{1,4}:){1,4}(:[0-9a-fA-F]{1,4}){1,3}|([0-9a-fA-F]{1,4}:){1,3}(:[0-9a-fA-F]{1,4}){1,4}|([0-9a-fA-F]{1,4}:){1,2}(:[0-9a-fA-F]{1,4}){1,5}|[0-9a-fA-F]{1,4}:((:[0-9a-fA-F]{1,4}){1,6})|:((:[0-9a-fA-F]{1,4}){1,7}|:))\/(12[0-8]|1[01][0-9]|[1-9]?[0-9])$/;
// https://stackoverflow.com/questions/7860392/determine-if-string-is-in-base64-using-javascript
const base64 = /^$|^(?:[0-9a-zA-Z+/]{4})*(?:(?:[0-9a-zA-Z+/]{2}==)|(?:[0-9a-zA-Z+/]{3}=))?$/;
const base64url = /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,3})?$/;
// based on https://stackoverflow.com/questions/106179/regular-expression-to-match-dns-hostname-or-ip-address
// export const hostname: RegExp = /^([a-zA-Z0-9-]+\.)*[a-zA-Z0-9-]+$/;
const hostname = /^(?=.{1,253}\.?$)[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[-0-9a-zA-Z]{0,61}[0-9a-zA-Z])?)*\.?$/;
const domain = /^(?=.{1,253}$)([a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,63}$/;
const httpProtocol = /^https?$/;
// https://blog.stevenlevithan.com/archives/validate-phone-number#r4-3 (regex sans spaces) E.164: leading digit must be 1-9; total digits (excluding '+') between 7-15
const e164 = /^\+[1-9]\d{6,14}$/;
// Credit card shape: 12–19 digits, optionally separated by single spaces or single hyphens. ISO/IEC 7812 caps the PAN at 19 digits; 12 is the shortest issued length (Maestro).
const creditCard = /^\d(?:[ -]?\d){11,18}$/;
// ISO 4217 alpha codes from the SIX list, regenerated by scripts/update-iso-4217.ts
const currencyCode = /^(?:AED|AFN|ALL|AMD|AOA|ARS|AUD|AWG|AZN|BAM|BBD|BDT|BHD|BIF|BMD|BND|BOB|BOV|BRL|BSD|BTN|BWP|BYN|BZD|CAD|CDF|CHE|CHF|CHW|CLF|CLP|CNY|COP|COU|CRC|CUP|CVE|CZK|DJF|DKK|DOP|DZD|EGP|ERN|ETB|EUR|FJD|FKP|GBP|GEL|GHS|GIP|GMD|GNF|GTQ|GYD|HKD|HNL|HTG|HUF|IDR|ILS|INR|IQD|IRR|ISK|JMD|JOD|JPY|KES|KGS|KHR|KMF|KPW|KRW|KWD|KYD|KZT|LAK|LBP|LKR|LRD|LSL|LYD|MAD|MDL|MGA|MKD|MMK|MNT|MOP|MRU|MUR|MVR|MWK|MXN|MXV|MYR|MZN|NAD|NGN|NIO|NOK|NPR|NZD|OMR|PAB|PEN|PGK|PHP|PKR|PLN|PYG|QAR|RON|RSD|RUB|RWF|SAR|SBD|SCR|SDG|SEK|SGD|SHP|SLE|SOS|SRD|SSP|STN|SVC|SYP|SZL|THB|TJS|TMT|TND|TOP|TRY|TTD|TWD|TZS|UAH|UGX|USD|USN|UYI|UYU|UYW|UZS|VED|VES|VND|VUV|WST|XAD|XAF|XAG|XAU|XBA|XBB|XBC|XBD|XCD|XCG|XDR|XOF|XPD|XPF|XPT|XSU|XTS|XUA|XXX|YER|ZAR|ZMW|ZWG)$/;
// iban electronic format: 2-letter country, check digits 02-98 (the only values `98 - remainder` can produce), 11-30 bban characters
const iban = /^[A-Z]{2}(?!00|01|99)\d{2}[A-Z0-9]{11,30}$/;
const dateSource = `(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))`;
/** Anchors a pattern source. The interpolation lives here rather than at the call site because
 * esbuild will not drop a `@__PURE__` call whose own argument interpolates a variable, but it
 * will drop `anchor(dateSource)`. Keeping it inline pinned `date` into every bundle. */
function regexes_anchor(source) {
    return new RegExp(`^${source}$`);
}
const date = /*@__PURE__*/ regexes_anchor(dateSource);
function timeSource(args) {
    const hhmm = `(?:[01]\\d|2[0-3]):[0-5]\\d`;
    const regex = typeof args.precision === "number"
        ? args.precision === -1
            ? `${hhmm}`
            : args.precision === 0
                ? `${hhmm}:[0-5]\\d`
                : `${hhmm}:[0-5]\\d\\.\\d{${args.precision}}`
        : args.seconds
            ? `${hhmm}:[0-5]\\d(?:\\.\\d+)?`
            : `${hhmm}(?::[0-5]\\d(?:\\.\\d+)?)?`;
    return regex;
}
function time(args) {
    return new RegExp(`^${timeSource(args)}$`);
}
// Adapted from https://stackoverflow.com/a/3143231
function datetime(args) {
    const opts = ["Z"];
    // if (args.offset) opts.push(`([+-]\\d{2}:\\d{2})`);
    if (args.offset)
        opts.push(`([+-](?:[01]\\d|2[0-3]):[0-5]\\d)`);
    // RFC 3339 mandates seconds wherever the time carries a `Z` or an offset, so only the unqualified form `local` adds may omit them
    const qualified = `${timeSource({ precision: args.precision, seconds: true })}(?:${opts.join("|")})`;
    const timeRegex = args.local ? `${qualified}|${timeSource({ precision: args.precision })}` : qualified;
    return new RegExp(`^${dateSource}T(?:${timeRegex})$`);
}
// the unbounded form of `string()` as a literal, so every plain string shares one instance instead of building its own
const anyString = /^[\s\S]{0,}$/;
const string = (params) => {
    const regex = params ? `[\\s\\S]{${params?.minimum ?? 0},${params?.maximum ?? ""}}` : `[\\s\\S]*`;
    return new RegExp(`^${regex}$`);
};
const bigint = /^-?\d+n?$/;
const integer = /^-?\d+$/;
const number = /^-?\d+(?:\.\d+)?$/;
const regexes_boolean = /^(?:true|false)$/i;
const _null = /^null$/i;

const _undefined = /^undefined$/i;

// regex for string with no uppercase letters
const lowercase = /^[^A-Z]*$/;
// regex for string with no lowercase letters
const uppercase = /^[^a-z]*$/;
// regex for hexadecimal strings (any length)
const hex = /^[0-9a-fA-F]*$/;
// Hash regexes for different algorithms and encodings
// Helper function to create base64 regex with exact length and padding
function fixedBase64(bodyLength, padding) {
    return new RegExp(`^[A-Za-z0-9+/]{${bodyLength}}${padding}$`);
}
// Helper function to create base64url regex with exact length (no padding)
function fixedBase64url(length) {
    return new RegExp(`^[A-Za-z0-9_-]{${length}}$`);
}
// MD5 (16 bytes): base64 = 24 chars total (22 + "==")
const md5_hex = /^[0-9a-fA-F]{32}$/;
const md5_base64 = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64(22, "==")));
const md5_base64url = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64url(22)));
// SHA1 (20 bytes): base64 = 28 chars total (27 + "=")
const sha1_hex = /^[0-9a-fA-F]{40}$/;
const sha1_base64 = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64(27, "=")));
const sha1_base64url = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64url(27)));
// SHA256 (32 bytes): base64 = 44 chars total (43 + "=")
const sha256_hex = /^[0-9a-fA-F]{64}$/;
const sha256_base64 = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64(43, "=")));
const sha256_base64url = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64url(43)));
// SHA384 (48 bytes): base64 = 64 chars total (no padding)
const sha384_hex = /^[0-9a-fA-F]{96}$/;
const sha384_base64 = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64(64, "")));
const sha384_base64url = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64url(64)));
// SHA512 (64 bytes): base64 = 88 chars total (86 + "==")
const sha512_hex = /^[0-9a-fA-F]{128}$/;
const sha512_base64 = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64(86, "==")));
const sha512_base64url = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64url(86)));

;// CONCATENATED MODULE: ../../work/main/node_modules/zod/v4/core/checks.js
// import { $ZodType } from "./schemas.js";



const $ZodCheck = /*@__PURE__*/ $constructor("$ZodCheck", (inst, def) => {
    var _a;
    inst._zod ?? (inst._zod = {});
    inst._zod.def = def;
    (_a = inst._zod).onattach ?? (_a.onattach = []);
});
/** Default `when` for size-based checks: run only on non-nullish values with a `size`. */
const _whenHasSize = (payload) => {
    const val = payload.value;
    return !util.nullish(val) && val.size !== undefined;
};
/** Default `when` for length-based checks: run only on non-nullish values with a `length`. */
const _whenHasLength = (payload) => {
    const val = payload.value;
    return !nullish(val) && val.length !== undefined;
};
const numericOriginMap = {
    number: "number",
    bigint: "bigint",
    object: "date",
};
const $ZodCheckLessThan = /*@__PURE__*/ $constructor("$ZodCheckLessThan", (inst, def) => {
    $ZodCheck.init(inst, def);
    const origin = numericOriginMap[typeof def.value];
    inst._zod.check = (payload) => {
        if (def.inclusive ? payload.value <= def.value : payload.value < def.value) {
            return;
        }
        payload.issues.push({
            origin: numericOriginMap[typeof payload.value] ?? origin,
            code: "too_big",
            maximum: typeof def.value === "object" ? def.value.getTime() : def.value,
            input: payload.value,
            inclusive: def.inclusive,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCheckGreaterThan = /*@__PURE__*/ $constructor("$ZodCheckGreaterThan", (inst, def) => {
    $ZodCheck.init(inst, def);
    const origin = numericOriginMap[typeof def.value];
    inst._zod.check = (payload) => {
        if (def.inclusive ? payload.value >= def.value : payload.value > def.value) {
            return;
        }
        payload.issues.push({
            origin: numericOriginMap[typeof payload.value] ?? origin,
            code: "too_small",
            minimum: typeof def.value === "object" ? def.value.getTime() : def.value,
            input: payload.value,
            inclusive: def.inclusive,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCheckMultipleOf = 
/*@__PURE__*/ $constructor("$ZodCheckMultipleOf", (inst, def) => {
    $ZodCheck.init(inst, def);
    inst._zod.check = (payload) => {
        if (typeof payload.value !== typeof def.value)
            throw new Error("Cannot mix number and bigint in multiple_of check.");
        const isMultiple = typeof payload.value === "bigint"
            ? // `value % 0n` throws, and nothing is a multiple of zero — the number branch already fails this way via NaN
                def.value !== BigInt(0) && payload.value % def.value === BigInt(0)
            : floatSafeRemainder(payload.value, def.value) === 0;
        if (isMultiple)
            return;
        payload.issues.push({
            origin: typeof payload.value,
            code: "not_multiple_of",
            divisor: def.value,
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCheckNumberFormat = /*@__PURE__*/ $constructor("$ZodCheckNumberFormat", (inst, def) => {
    $ZodCheck.init(inst, def); // no format checks
    def.format = def.format || "float64";
    const isInt = def.format?.includes("int");
    const origin = isInt ? "int" : "number";
    const [minimum, maximum] = NUMBER_FORMAT_RANGES[def.format];
    inst._zod.check = (payload) => {
        const input = payload.value;
        if (isInt) {
            if (!Number.isInteger(input)) {
                // invalid_format issue
                // payload.issues.push({
                //   expected: def.format,
                //   format: def.format,
                //   code: "invalid_format",
                //   input,
                //   inst,
                // });
                // invalid_type issue
                payload.issues.push({
                    expected: origin,
                    format: def.format,
                    code: "invalid_type",
                    continue: false,
                    input,
                    inst,
                });
                return;
                // not_multiple_of issue
                // payload.issues.push({
                //   code: "not_multiple_of",
                //   origin: "number",
                //   input,
                //   inst,
                //   divisor: 1,
                // });
            }
            if (!Number.isSafeInteger(input)) {
                if (input > 0) {
                    // too_big
                    payload.issues.push({
                        input,
                        code: "too_big",
                        maximum: Number.MAX_SAFE_INTEGER,
                        note: "Integers must be within the safe integer range.",
                        inst,
                        origin,
                        inclusive: true,
                        continue: !def.abort,
                    });
                }
                else {
                    // too_small
                    payload.issues.push({
                        input,
                        code: "too_small",
                        minimum: Number.MIN_SAFE_INTEGER,
                        note: "Integers must be within the safe integer range.",
                        inst,
                        origin,
                        inclusive: true,
                        continue: !def.abort,
                    });
                }
                return;
            }
        }
        if (input < minimum) {
            payload.issues.push({
                origin: "number",
                input,
                code: "too_small",
                minimum,
                inclusive: true,
                inst,
                continue: !def.abort,
            });
        }
        if (input > maximum) {
            payload.issues.push({
                origin: "number",
                input,
                code: "too_big",
                maximum,
                inclusive: true,
                inst,
                continue: !def.abort,
            });
        }
    };
});
const $ZodCheckBigIntFormat = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodCheckBigIntFormat", (inst, def) => {
    $ZodCheck.init(inst, def); // no format checks
    const [minimum, maximum] = util.BIGINT_FORMAT_RANGES[def.format];
    inst._zod.check = (payload) => {
        const input = payload.value;
        if (input < minimum) {
            payload.issues.push({
                origin: "bigint",
                input,
                code: "too_small",
                minimum: minimum,
                inclusive: true,
                inst,
                continue: !def.abort,
            });
        }
        if (input > maximum) {
            payload.issues.push({
                origin: "bigint",
                input,
                code: "too_big",
                maximum,
                inclusive: true,
                inst,
                continue: !def.abort,
            });
        }
    };
})));
const $ZodCheckMaxSize = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodCheckMaxSize", (inst, def) => {
    var _a;
    $ZodCheck.init(inst, def);
    (_a = inst._zod.def).when ?? (_a.when = _whenHasSize);
    inst._zod.check = (payload) => {
        const input = payload.value;
        const size = input.size;
        if (size <= def.maximum)
            return;
        payload.issues.push({
            origin: util.getSizableOrigin(input),
            code: "too_big",
            maximum: def.maximum,
            inclusive: true,
            input,
            inst,
            continue: !def.abort,
        });
    };
})));
const $ZodCheckMinSize = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodCheckMinSize", (inst, def) => {
    var _a;
    $ZodCheck.init(inst, def);
    (_a = inst._zod.def).when ?? (_a.when = _whenHasSize);
    inst._zod.check = (payload) => {
        const input = payload.value;
        const size = input.size;
        if (size >= def.minimum)
            return;
        payload.issues.push({
            origin: util.getSizableOrigin(input),
            code: "too_small",
            minimum: def.minimum,
            inclusive: true,
            input,
            inst,
            continue: !def.abort,
        });
    };
})));
const $ZodCheckSizeEquals = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodCheckSizeEquals", (inst, def) => {
    var _a;
    $ZodCheck.init(inst, def);
    (_a = inst._zod.def).when ?? (_a.when = _whenHasSize);
    inst._zod.check = (payload) => {
        const input = payload.value;
        const size = input.size;
        if (size === def.size)
            return;
        const tooBig = size > def.size;
        payload.issues.push({
            origin: util.getSizableOrigin(input),
            ...(tooBig ? { code: "too_big", maximum: def.size } : { code: "too_small", minimum: def.size }),
            inclusive: true,
            exact: true,
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
})));
const $ZodCheckMaxLength = /*@__PURE__*/ $constructor("$ZodCheckMaxLength", (inst, def) => {
    var _a;
    $ZodCheck.init(inst, def);
    (_a = inst._zod.def).when ?? (_a.when = _whenHasLength);
    inst._zod.check = (payload) => {
        const input = payload.value;
        const units = input.length;
        // Strings are measured in Unicode code points, not UTF-16 units. A code point is at most two units, so a string that already fits in units fits in code points; only an overflow has to be counted.
        const length = typeof input === "string" && units > def.maximum ? codePointLength(input) : units;
        if (length <= def.maximum)
            return;
        const origin = getLengthableOrigin(input);
        payload.issues.push({
            origin,
            code: "too_big",
            maximum: def.maximum,
            inclusive: true,
            input,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCheckMinLength = /*@__PURE__*/ $constructor("$ZodCheckMinLength", (inst, def) => {
    var _a;
    $ZodCheck.init(inst, def);
    (_a = inst._zod.def).when ?? (_a.when = _whenHasLength);
    inst._zod.check = (payload) => {
        const input = payload.value;
        const units = input.length;
        // A code point is one or two UTF-16 units, so fewer units than the floor can never reach it and twice the floor always clears it. Only in between is the exact count in doubt.
        const length = typeof input === "string" && units >= def.minimum && units < def.minimum * 2
            ? codePointLength(input)
            : units;
        if (length >= def.minimum)
            return;
        const origin = getLengthableOrigin(input);
        payload.issues.push({
            origin,
            code: "too_small",
            minimum: def.minimum,
            inclusive: true,
            input,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCheckLengthEquals = /*@__PURE__*/ $constructor("$ZodCheckLengthEquals", (inst, def) => {
    var _a;
    $ZodCheck.init(inst, def);
    (_a = inst._zod.def).when ?? (_a.when = _whenHasLength);
    inst._zod.check = (payload) => {
        const input = payload.value;
        const units = input.length;
        // A code point is one or two UTF-16 units, so outside `[length, length * 2]` units the target is missed either way — and missed in the same direction in both measures.
        const length = typeof input === "string" && units >= def.length && units <= def.length * 2
            ? codePointLength(input)
            : units;
        if (length === def.length)
            return;
        const origin = getLengthableOrigin(input);
        const tooBig = length > def.length;
        payload.issues.push({
            origin,
            ...(tooBig ? { code: "too_big", maximum: def.length } : { code: "too_small", minimum: def.length }),
            inclusive: true,
            exact: true,
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCheckStringFormat = /*@__PURE__*/ $constructor("$ZodCheckStringFormat", (inst, def) => {
    var _a, _b;
    $ZodCheck.init(inst, def);
    if (def.pattern)
        (_a = inst._zod).check ?? (_a.check = (payload) => {
            def.pattern.lastIndex = 0;
            if (def.pattern.test(payload.value))
                return;
            payload.issues.push({
                origin: "string",
                code: "invalid_format",
                format: def.format,
                input: payload.value,
                ...(def.pattern ? { pattern: def.pattern.toString() } : {}),
                inst,
                continue: !def.abort,
            });
        });
    else
        (_b = inst._zod).check ?? (_b.check = () => { });
});
const $ZodCheckRegex = /*@__PURE__*/ $constructor("$ZodCheckRegex", (inst, def) => {
    $ZodCheckStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        def.pattern.lastIndex = 0;
        if (def.pattern.test(payload.value))
            return;
        payload.issues.push({
            origin: "string",
            code: "invalid_format",
            format: "regex",
            input: payload.value,
            pattern: def.pattern.toString(),
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCheckLowerCase = /*@__PURE__*/ $constructor("$ZodCheckLowerCase", (inst, def) => {
    def.pattern ?? (def.pattern = lowercase);
    $ZodCheckStringFormat.init(inst, def);
});
const $ZodCheckUpperCase = /*@__PURE__*/ $constructor("$ZodCheckUpperCase", (inst, def) => {
    def.pattern ?? (def.pattern = uppercase);
    $ZodCheckStringFormat.init(inst, def);
});
const $ZodCheckIncludes = /*@__PURE__*/ $constructor("$ZodCheckIncludes", (inst, def) => {
    $ZodCheck.init(inst, def);
    const escapedRegex = escapeRegex(def.includes);
    // `String.prototype.includes(sub, position)` matches `sub` at `position`
    // OR LATER, so the pattern must allow at least `position` leading chars
    // (`{N,}`), not exactly `position` chars (`{N}`).
    const pattern = new RegExp(typeof def.position === "number" ? `^.{${def.position},}${escapedRegex}` : escapedRegex);
    def.pattern = pattern;
    inst._zod.check = (payload) => {
        if (payload.value.includes(def.includes, def.position))
            return;
        payload.issues.push({
            origin: "string",
            code: "invalid_format",
            format: "includes",
            includes: def.includes,
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCheckStartsWith = /*@__PURE__*/ $constructor("$ZodCheckStartsWith", (inst, def) => {
    $ZodCheck.init(inst, def);
    const pattern = new RegExp(`^${escapeRegex(def.prefix)}.*`);
    def.pattern ?? (def.pattern = pattern);
    inst._zod.check = (payload) => {
        if (payload.value.startsWith(def.prefix))
            return;
        payload.issues.push({
            origin: "string",
            code: "invalid_format",
            format: "starts_with",
            prefix: def.prefix,
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCheckEndsWith = /*@__PURE__*/ $constructor("$ZodCheckEndsWith", (inst, def) => {
    $ZodCheck.init(inst, def);
    const pattern = new RegExp(`.*${escapeRegex(def.suffix)}$`);
    def.pattern ?? (def.pattern = pattern);
    inst._zod.check = (payload) => {
        if (payload.value.endsWith(def.suffix))
            return;
        payload.issues.push({
            origin: "string",
            code: "invalid_format",
            format: "ends_with",
            suffix: def.suffix,
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
});
///////////////////////////////////
/////    $ZodCheckProperty    /////
///////////////////////////////////
function handleCheckPropertyResult(result, payload, property) {
    if (result.issues.length) {
        payload.issues.push(...prefixIssues(property, result.issues));
    }
}
const $ZodCheckProperty = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodCheckProperty", (inst, def) => {
    $ZodCheck.init(inst, def);
    inst._zod.check = (payload) => {
        const result = def.schema._zod.run({
            value: payload.value[def.property],
            issues: [],
        }, {});
        if (result instanceof Promise) {
            return result.then((result) => handleCheckPropertyResult(result, payload, def.property));
        }
        handleCheckPropertyResult(result, payload, def.property);
        return;
    };
})));
const $ZodCheckProperties = /*@__PURE__*/ $constructor("$ZodCheckProperties", (inst, def) => {
    $ZodCheck.init(inst, def);
    hide(inst, Symbol.iterator, function* () {
        yield inst;
    });
    // key and schema snapshotted together: reading one live and the other cached lets a later mutation of the caller's shape object pair a stale key with a missing schema
    let entries;
    inst._zod.check = (payload) => {
        // the base schema already typed the value, so only a nullish one is rejected here: the properties read on a primitive too, matching z.property() on a string's length
        if (payload.value == null) {
            payload.issues.push({ expected: "object", code: "invalid_type", input: payload.value, inst });
            return undefined;
        }
        entries ?? (entries = Reflect.ownKeys(def.shape).map((key) => [key, def.shape[key]]));
        const input = payload.value;
        let proms;
        for (const [key, schema] of entries) {
            const result = schema._zod.run({ value: input[key], issues: [] }, {});
            if (result instanceof Promise) {
                proms ?? (proms = []);
                proms.push(result.then((result) => handleCheckPropertyResult(result, payload, key)));
            }
            else {
                handleCheckPropertyResult(result, payload, key);
            }
        }
        if (proms)
            return Promise.all(proms).then(() => undefined);
        return undefined;
    };
});
const $ZodCheckMimeType = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodCheckMimeType", (inst, def) => {
    $ZodCheck.init(inst, def);
    const mimeSet = new Set(def.mime);
    inst._zod.check = (payload) => {
        if (mimeSet.has(payload.value.type))
            return;
        payload.issues.push({
            code: "invalid_value",
            values: def.mime,
            input: payload.value.type,
            inst,
            continue: !def.abort,
        });
    };
})));
const $ZodCheckOverwrite = /*@__PURE__*/ $constructor("$ZodCheckOverwrite", (inst, def) => {
    $ZodCheck.init(inst, def);
    inst._zod.check = (payload) => {
        payload.value = def.tx(payload.value);
    };
});

;// CONCATENATED MODULE: ../../work/main/node_modules/zod/v4/core/doc.js
class Doc {
    constructor(args = [], closed = {}) {
        this.content = [];
        this.indent = 0;
        this.args = args;
        this.closed = closed;
    }
    // the compiler catches a child's throw and keeps writing into this doc, so the indent has to unwind with it
    indented(fn) {
        this.indent += 1;
        try {
            fn(this);
        }
        finally {
            this.indent -= 1;
        }
    }
    write(arg) {
        if (typeof arg === "function") {
            arg(this, { execution: "sync" });
            arg(this, { execution: "async" });
            return;
        }
        const content = arg;
        const lines = content.split("\n").filter((x) => x);
        const minIndent = Math.min(...lines.map((x) => x.length - x.trimStart().length));
        const dedented = lines.map((x) => x.slice(minIndent)).map((x) => " ".repeat(this.indent * 2) + x);
        for (const line of dedented) {
            this.content.push(line);
        }
    }
    compile() {
        const F = Function;
        const content = this?.content ?? [``];
        const factory = new F(...Object.keys(this.closed), `return function (${this.args.join(", ")}) {\n${content.join("\n")}\n};`);
        return factory(...Object.values(this.closed));
    }
}

;// CONCATENATED MODULE: ../../work/main/node_modules/zod/v4/core/versions.js
const version = {
    major: 4,
    minor: 6,
    patch: 7,
};

;// CONCATENATED MODULE: ../../work/main/node_modules/zod/v4/core/schemas.js







const $ZodType = /*@__PURE__*/ $constructor("$ZodType", (inst, def) => {
    var _a;
    inst ?? (inst = {});
    inst._zod.def = def; // set _def property
    inst._zod.bag = inst._zod.bag || {}; // initialize _bag object
    inst._zod.version = version;
    const defChecks = inst._zod.def.checks;
    // if inst is itself a checks.$ZodCheck, run it as a check
    const checks = inst._zod.traits.has("$ZodCheck")
        ? [inst, ...(defChecks ?? [])]
        : defChecks?.length
            ? [...defChecks]
            : [];
    for (const ch of checks) {
        for (const fn of ch._zod.onattach) {
            fn(inst);
        }
    }
    if (checks.length === 0) {
        // deferred initializer inst._zod.parse is not yet defined
        (_a = inst._zod).deferred ?? (_a.deferred = []);
        inst._zod.deferred?.push(() => {
            inst._zod.run = inst._zod.parse;
        });
    }
    else {
        const runChecks = (payload, checks, ctx) => {
            if (payload.memo)
                return payload;
            let isAborted = aborted(payload);
            let asyncResult;
            for (const ch of checks) {
                if (ch._zod.def.when) {
                    if (explicitlyAborted(payload))
                        continue;
                    const shouldRun = ch._zod.def.when(payload);
                    if (!shouldRun)
                        continue;
                }
                else if (isAborted) {
                    continue;
                }
                const currLen = payload.issues.length;
                const _ = ch._zod.check(payload);
                if (_ instanceof Promise && ctx?.async === false) {
                    throw new $ZodAsyncError();
                }
                if (asyncResult || _ instanceof Promise) {
                    asyncResult = (asyncResult ?? Promise.resolve()).then(async () => {
                        await _;
                        const nextLen = payload.issues.length;
                        if (nextLen === currLen)
                            return;
                        attachSchema(payload.issues, currLen, inst);
                        if (!isAborted)
                            isAborted = aborted(payload, currLen);
                    });
                }
                else {
                    const nextLen = payload.issues.length;
                    if (nextLen === currLen)
                        continue;
                    attachSchema(payload.issues, currLen, inst);
                    if (!isAborted)
                        isAborted = aborted(payload, currLen);
                }
            }
            if (asyncResult) {
                return asyncResult.then(() => {
                    return payload;
                });
            }
            return payload;
        };
        const handleCanaryResult = (canary, payload, ctx) => {
            // abort if the canary is aborted
            if (aborted(canary)) {
                canary.aborted = true;
                return canary;
            }
            // run checks first, then
            const checkResult = runChecks(payload, checks, ctx);
            if (checkResult instanceof Promise) {
                if (ctx.async === false)
                    throw new $ZodAsyncError();
                return checkResult.then((checkResult) => inst._zod.parse(checkResult, ctx));
            }
            return inst._zod.parse(checkResult, ctx);
        };
        inst._zod.run = (payload, ctx) => {
            if (ctx.skipChecks) {
                return inst._zod.parse(payload, ctx);
            }
            if (ctx.direction === "backward") {
                // run canary initial pass (no checks)
                const canary = inst._zod.parse({ value: payload.value, issues: [] }, { ...ctx, skipChecks: true });
                if (canary instanceof Promise) {
                    return canary.then((canary) => {
                        return handleCanaryResult(canary, payload, ctx);
                    });
                }
                return handleCanaryResult(canary, payload, ctx);
            }
            // forward
            const result = inst._zod.parse(payload, ctx);
            if (result instanceof Promise) {
                if (ctx.async === false)
                    throw new $ZodAsyncError();
                return result.then((result) => runChecks(result, checks, ctx));
            }
            return runChecks(result, checks, ctx);
        };
    }
}, {
    // Wrappers extend this by installing a richer factory over it; reading it eagerly would defeat the laziness.
    get "~standard"() {
        return hide(this, "~standard", standardProps(this));
    },
    set "~standard"(value) {
        own(this, "~standard", value);
    },
});
/** The Standard Schema surface for `inst`. Shared so wrappers can extend it without forcing it. */
// a Standard Schema result only reports issues, so a failure finalizes them straight off the raw payload: no ZodError, and no lazy result to read through
const toStandardResult = (r, ctx) => r.issues.length ? { issues: r.issues.map((iss) => finalizeIssue(iss, ctx, config())) } : { value: r.value };
async function validateAsync(inst, value) {
    const ctx = { async: true };
    return toStandardResult((await inst._zod.run({ value, issues: [] }, ctx)), ctx);
}
function standardProps(inst) {
    return {
        validate: (value) => {
            const ctx = { async: false };
            try {
                const r = inst._zod.run({ value, issues: [] }, ctx);
                if (!(r instanceof Promise))
                    return toStandardResult(r, ctx);
            }
            catch (_) { }
            // async function so a synchronously throwing check rejects instead of escaping validate
            return validateAsync(inst, value);
        },
        vendor: "zod",
        version: 1,
    };
}

const $ZodString = /*@__PURE__*/ $constructor("$ZodString", (inst, def) => {
    $ZodType.init(inst, def);
    // a format's own pattern, else unbounded; a template literal derives the check-aware form itself
    inst._zod.pattern = def.pattern ?? anyString;
    inst._zod.parse = (payload, _) => {
        if (def.coerce)
            try {
                payload.value = String(payload.value);
            }
            catch (_) { }
        if (typeof payload.value === "string")
            return payload;
        payload.issues.push({
            expected: "string",
            code: "invalid_type",
            input: payload.value,
            inst,
        });
        return payload;
    };
});
const $ZodStringFormat = /*@__PURE__*/ $constructor("$ZodStringFormat", (inst, def) => {
    // check initialization must come first
    $ZodCheckStringFormat.init(inst, def);
    $ZodString.init(inst, def);
});
const $ZodGUID = /*@__PURE__*/ $constructor("$ZodGUID", (inst, def) => {
    def.pattern ?? (def.pattern = guid);
    $ZodStringFormat.init(inst, def);
});
const $ZodUUID = /*@__PURE__*/ $constructor("$ZodUUID", (inst, def) => {
    if (def.version) {
        const versionMap = {
            v1: 1,
            v2: 2,
            v3: 3,
            v4: 4,
            v5: 5,
            v6: 6,
            v7: 7,
            v8: 8,
        };
        const v = versionMap[def.version];
        if (v === undefined)
            throw new Error(`Invalid UUID version: "${def.version}"`);
        def.pattern ?? (def.pattern = uuid(v));
    }
    else
        def.pattern ?? (def.pattern = uuid());
    $ZodStringFormat.init(inst, def);
});
const $ZodEmail = /*@__PURE__*/ $constructor("$ZodEmail", (inst, def) => {
    def.pattern ?? (def.pattern = email);
    $ZodStringFormat.init(inst, def);
});
/** The `://` guard rejected the input before the URL constructor saw it. */
const URL_BAD_FORMAT = 1;
/** The URL parser rejected the input. */
const URL_UNPARSEABLE = 2;
function canParseURL(input) {
    try {
        if (typeof URL !== "undefined" && typeof URL.canParse === "function")
            return URL.canParse(input);
        new URL(input);
        return true;
    }
    catch {
        return false;
    }
}
function validateURL(trimmed, def) {
    if (!("normalize" in def) && !("hostname" in def) && !("protocol" in def)) {
        return canParseURL(trimmed) || URL_UNPARSEABLE;
    }
    return parseURLObject(trimmed, def);
}
/** Parses a URL while preserving the non-normalizing HTTP guard. */
function parseURLObject(trimmed, def) {
    // When normalize is off, require :// for http/https URLs. This prevents strings like "http:example.com" or "https:/path" from being silently accepted
    if (!def.normalize && def.protocol?.source === httpProtocol.source && !/^https?:\/\//i.test(trimmed)) {
        return URL_BAD_FORMAT;
    }
    try {
        if (typeof URL !== "undefined") {
            const URLStatic = URL;
            if (typeof URLStatic.parse === "function")
                return URLStatic.parse(trimmed) ?? URL_UNPARSEABLE;
        }
        // @ts-ignore
        return new URL(trimmed);
    }
    catch {
        return URL_UNPARSEABLE;
    }
}
const asciiTabOrNewline = /[\t\n\r]/g;
/** The URL parser deletes every ASCII tab, LF and CR from its input before it parses, so `new URL("https://exa\nmple.com")` reports on `example.com`. Applying the same deletion to the returned value closes the half of that divergence which can move the host; the parser's other rewrite, stripping C0 controls at the edges, cannot. */
function stripTabAndNewline(value) {
    return value.replace(asciiTabOrNewline, "");
}
function urlHostnameOk(url, hostname) {
    hostname.lastIndex = 0;
    return hostname.test(url.hostname);
}
function urlProtocolOk(url, protocol) {
    protocol.lastIndex = 0;
    return protocol.test(url.protocol.endsWith(":") ? url.protocol.slice(0, -1) : url.protocol);
}
const $ZodURL = /*@__PURE__*/ $constructor("$ZodURL", (inst, def) => {
    $ZodStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        try {
            // Trim whitespace from input
            const trimmed = payload.value.trim();
            const url = validateURL(trimmed, def);
            if (url === URL_BAD_FORMAT) {
                payload.issues.push({
                    code: "invalid_format",
                    format: "url",
                    note: "Invalid URL format",
                    input: payload.value,
                    inst,
                    continue: !def.abort,
                });
                return;
            }
            if (url === URL_UNPARSEABLE) {
                payload.issues.push({
                    code: "invalid_format",
                    format: "url",
                    input: payload.value,
                    inst,
                    continue: !def.abort,
                });
                return;
            }
            if (url === true) {
                payload.value = stripTabAndNewline(trimmed);
                return;
            }
            if (def.hostname && !urlHostnameOk(url, def.hostname)) {
                payload.issues.push({
                    code: "invalid_format",
                    format: "url",
                    note: "Invalid hostname",
                    pattern: def.hostname.source,
                    input: payload.value,
                    inst,
                    continue: !def.abort,
                });
            }
            if (def.protocol && !urlProtocolOk(url, def.protocol)) {
                payload.issues.push({
                    code: "invalid_format",
                    format: "url",
                    note: "Invalid protocol",
                    pattern: def.protocol.source,
                    input: payload.value,
                    inst,
                    continue: !def.abort,
                });
            }
            // Set the output value based on normalize flag
            payload.value = def.normalize ? url.href : stripTabAndNewline(trimmed);
            return;
        }
        catch (_) {
            payload.issues.push({
                code: "invalid_format",
                format: "url",
                input: payload.value,
                inst,
                continue: !def.abort,
            });
        }
    };
});
const $ZodEmoji = /*@__PURE__*/ $constructor("$ZodEmoji", (inst, def) => {
    def.pattern ?? (def.pattern = emoji());
    $ZodStringFormat.init(inst, def);
});
const $ZodNanoID = /*@__PURE__*/ $constructor("$ZodNanoID", (inst, def) => {
    if (def.length !== undefined && (!Number.isInteger(def.length) || def.length < 1))
        throw new Error(`Invalid nanoid length: ${def.length}`);
    def.pattern ?? (def.pattern = def.length === undefined ? nanoid : nanoidOfLength(def.length));
    $ZodStringFormat.init(inst, def);
});
/**
 * @deprecated CUID v1 is deprecated by its authors due to information leakage
 * (timestamps embedded in the id). Use {@link $ZodCUID2} instead.
 * See https://github.com/paralleldrive/cuid.
 */
const $ZodCUID = /*@__PURE__*/ $constructor("$ZodCUID", (inst, def) => {
    def.pattern ?? (def.pattern = cuid);
    $ZodStringFormat.init(inst, def);
});
const $ZodCUID2 = /*@__PURE__*/ $constructor("$ZodCUID2", (inst, def) => {
    def.pattern ?? (def.pattern = cuid2);
    $ZodStringFormat.init(inst, def);
});
const $ZodULID = /*@__PURE__*/ $constructor("$ZodULID", (inst, def) => {
    def.pattern ?? (def.pattern = ulid);
    $ZodStringFormat.init(inst, def);
});
const $ZodXID = /*@__PURE__*/ $constructor("$ZodXID", (inst, def) => {
    def.pattern ?? (def.pattern = xid);
    $ZodStringFormat.init(inst, def);
});
const $ZodKSUID = /*@__PURE__*/ $constructor("$ZodKSUID", (inst, def) => {
    def.pattern ?? (def.pattern = ksuid);
    $ZodStringFormat.init(inst, def);
});
const $ZodISODateTime = /*@__PURE__*/ $constructor("$ZodISODateTime", (inst, def) => {
    def.pattern ?? (def.pattern = datetime(def));
    $ZodStringFormat.init(inst, def);
});
const $ZodISODate = /*@__PURE__*/ $constructor("$ZodISODate", (inst, def) => {
    def.pattern ?? (def.pattern = date);
    $ZodStringFormat.init(inst, def);
});
const $ZodISOTime = /*@__PURE__*/ $constructor("$ZodISOTime", (inst, def) => {
    def.pattern ?? (def.pattern = time(def));
    $ZodStringFormat.init(inst, def);
});
const $ZodISODuration = /*@__PURE__*/ $constructor("$ZodISODuration", (inst, def) => {
    def.pattern ?? (def.pattern = duration);
    $ZodStringFormat.init(inst, def);
});
const $ZodIPv4 = /*@__PURE__*/ $constructor("$ZodIPv4", (inst, def) => {
    def.pattern ?? (def.pattern = ipv4);
    $ZodStringFormat.init(inst, def);
});
/** An IPv6 address is written with hex digits, colons and dots, and nothing else. The guard is what makes the check below an IPv6 check: `new URL("http://[...]")` parses an authority, not an address, so `@` and `\` re-delimit it and `"::@1\\"` validates against the host `0.0.0.1`. The URL parser also deletes ASCII tab, LF and CR rather than failing, which is how `"::1\n"` validated as `::1`. */
const ipv6Alphabet = /^[0-9a-fA-F:.]+$/;
function isValidIPv6(value) {
    if (!ipv6Alphabet.test(value))
        return false;
    return canParseURL(`http://[${value}]`);
}
const $ZodIPv6 = /*@__PURE__*/ $constructor("$ZodIPv6", (inst, def) => {
    def.pattern ?? (def.pattern = ipv6);
    $ZodStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        if (!isValidIPv6(payload.value)) {
            payload.issues.push({
                code: "invalid_format",
                format: "ipv6",
                input: payload.value,
                inst,
                continue: !def.abort,
            });
        }
    };
});
const $ZodMAC = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodMAC", (inst, def) => {
    def.pattern ?? (def.pattern = regexes.mac(def.delimiter));
    $ZodStringFormat.init(inst, def);
})));
const $ZodCIDRv4 = /*@__PURE__*/ $constructor("$ZodCIDRv4", (inst, def) => {
    def.pattern ?? (def.pattern = cidrv4);
    $ZodStringFormat.init(inst, def);
});
function isValidCIDRv6(value) {
    const parts = value.split("/");
    if (parts.length !== 2)
        return false;
    const [address, prefix] = parts;
    if (!prefix)
        return false;
    const prefixNum = Number(prefix);
    if (`${prefixNum}` !== prefix)
        return false;
    if (prefixNum < 0 || prefixNum > 128)
        return false;
    return isValidIPv6(address);
}
const $ZodCIDRv6 = /*@__PURE__*/ $constructor("$ZodCIDRv6", (inst, def) => {
    def.pattern ?? (def.pattern = cidrv6); // not used for validation
    $ZodStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        if (!isValidCIDRv6(payload.value)) {
            payload.issues.push({
                code: "invalid_format",
                format: "cidrv6",
                input: payload.value,
                inst,
                continue: !def.abort,
            });
        }
    };
});
//////////////////////////////   ZodBase64   //////////////////////////////
function isValidBase64(data) {
    if (data === "")
        return true;
    // atob ignores whitespace, so reject it up front.
    if (/\s/.test(data))
        return false;
    if (data.length % 4 !== 0)
        return false;
    try {
        // @ts-ignore
        atob(data);
        return true;
    }
    catch {
        return false;
    }
}
// lax on purpose: the quantified regexes.base64 overflows the regex stack on multi-MB input and its leading ^$| alternation leaks through template-literal composition; isValidBase64 enforces length and padding
const base64Charset = /^[0-9a-zA-Z+/]*={0,2}$/;
const $ZodBase64 = /*@__PURE__*/ $constructor("$ZodBase64", (inst, def) => {
    def.pattern ?? (def.pattern = base64Charset);
    $ZodStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        if (isValidBase64(payload.value))
            return;
        payload.issues.push({
            code: "invalid_format",
            format: "base64",
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
});
//////////////////////////////   ZodBase64URL   //////////////////////////////
// lax on purpose: the quantified regexes.base64url overflows the regex stack on multi-MB input; isValidBase64 enforces length on the padded string
const base64urlCharset = /^[A-Za-z0-9_-]*$/;
function isValidBase64URL(data) {
    if (!base64urlCharset.test(data))
        return false;
    const base64 = data.replace(/[-_]/g, (c) => (c === "-" ? "+" : "/"));
    const padded = base64.padEnd(Math.ceil(base64.length / 4) * 4, "=");
    return isValidBase64(padded);
}
const $ZodBase64URL = /*@__PURE__*/ $constructor("$ZodBase64URL", (inst, def) => {
    def.pattern ?? (def.pattern = base64urlCharset);
    $ZodStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        if (isValidBase64URL(payload.value))
            return;
        payload.issues.push({
            code: "invalid_format",
            format: "base64url",
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodE164 = /*@__PURE__*/ $constructor("$ZodE164", (inst, def) => {
    def.pattern ?? (def.pattern = e164);
    $ZodStringFormat.init(inst, def);
});
//////////////////////////////   ZodCreditCard   //////////////////////////////
const CC_SANITIZE = /[- ]/g;
/** Luhn checksum on a digit-only string. Adapted from valibot (MIT). */
function isLuhnAlgo(digits) {
    let length = digits.length;
    let bit = 1;
    let sum = 0;
    while (length) {
        const value = digits.charCodeAt(--length) - 48;
        bit ^= 1;
        sum += bit ? [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][value] : value;
    }
    return sum % 10 === 0;
}
function isValidCreditCard(input) {
    if (!regexes.creditCard.test(input))
        return false;
    return isLuhnAlgo(input.replace(CC_SANITIZE, ""));
}
const $ZodCreditCard = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodCreditCard", (inst, def) => {
    // Shape only — the Luhn check below is not expressible as a pattern, so consumers of `pattern` (JSON Schema, template literals) get the length and separator rules alone.
    def.pattern ?? (def.pattern = regexes.creditCard);
    $ZodStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        if (isValidCreditCard(payload.value))
            return;
        payload.issues.push({
            code: "invalid_format",
            format: "credit_card",
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
})));
//////////////////////////////   ZodIBAN   //////////////////////////////
// iso 7064 mod 97-10 checksum without BigInt
function isIso7064Mod97(iban) {
    let remainder = 0;
    const len = iban.length;
    for (let i = 4; i < len; i++) {
        const code = iban.charCodeAt(i);
        remainder = (code >= 65 ? remainder * 100 + (code - 55) : remainder * 10 + (code - 48)) % 97;
    }
    for (let i = 0; i < 4; i++) {
        const code = iban.charCodeAt(i);
        remainder = (code >= 65 ? remainder * 100 + (code - 55) : remainder * 10 + (code - 48)) % 97;
    }
    return remainder === 1;
}
function isValidIBAN(input) {
    if (!regexes.iban.test(input))
        return false;
    return isIso7064Mod97(input);
}
const $ZodIBAN = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodIBAN", (inst, def) => {
    // shape only — checksum is not expressible as a pattern
    def.pattern ?? (def.pattern = regexes.iban);
    $ZodStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        if (isValidIBAN(payload.value))
            return;
        payload.issues.push({
            code: "invalid_format",
            format: "iban",
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
})));
//////////////////////////////   ZodJWT   //////////////////////////////
function isValidJWT(token, algorithm = null) {
    try {
        const tokensParts = token.split(".");
        if (tokensParts.length !== 3)
            return false;
        const [header] = tokensParts;
        if (!header)
            return false;
        // @ts-ignore
        const parsedHeader = JSON.parse(atob(header));
        if ("typ" in parsedHeader && parsedHeader?.typ !== "JWT")
            return false;
        if (!parsedHeader.alg)
            return false;
        if (algorithm && (!("alg" in parsedHeader) || parsedHeader.alg !== algorithm))
            return false;
        return true;
    }
    catch {
        return false;
    }
}
const $ZodJWT = /*@__PURE__*/ $constructor("$ZodJWT", (inst, def) => {
    $ZodStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        if (isValidJWT(payload.value, def.alg))
            return;
        payload.issues.push({
            code: "invalid_format",
            format: "jwt",
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCustomStringFormat = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodCustomStringFormat", (inst, def) => {
    $ZodStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        if (def.fn(payload.value))
            return;
        payload.issues.push({
            code: "invalid_format",
            format: def.format,
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
})));
const $ZodNumber = /*@__PURE__*/ $constructor("$ZodNumber", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.pattern = number;
    inst._zod.parse = (payload, _ctx) => {
        if (def.coerce)
            try {
                payload.value = Number(payload.value);
            }
            catch (_) { }
        const input = payload.value;
        if (typeof input === "number" && !Number.isNaN(input) && Number.isFinite(input)) {
            return payload;
        }
        const received = typeof input === "number"
            ? Number.isNaN(input)
                ? "NaN"
                : !Number.isFinite(input)
                    ? String(input)
                    : undefined
            : undefined;
        payload.issues.push({
            expected: "number",
            code: "invalid_type",
            input,
            inst,
            ...(received ? { received } : {}),
        });
        return payload;
    };
});
const $ZodNumberFormat = /*@__PURE__*/ $constructor("$ZodNumberFormat", (inst, def) => {
    $ZodCheckNumberFormat.init(inst, def);
    $ZodNumber.init(inst, def); // no format checks
});
const $ZodBoolean = /*@__PURE__*/ $constructor("$ZodBoolean", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.pattern = regexes_boolean;
    inst._zod.parse = (payload, _ctx) => {
        if (def.coerce)
            try {
                payload.value = Boolean(payload.value);
            }
            catch (_) { }
        const input = payload.value;
        if (typeof input === "boolean")
            return payload;
        payload.issues.push({
            expected: "boolean",
            code: "invalid_type",
            input,
            inst,
        });
        return payload;
    };
});
const $ZodBigInt = /*@__PURE__*/ $constructor("$ZodBigInt", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.pattern = bigint;
    inst._zod.parse = (payload, _ctx) => {
        if (def.coerce)
            try {
                payload.value = BigInt(payload.value);
            }
            catch (_) { }
        if (typeof payload.value === "bigint")
            return payload;
        payload.issues.push({
            expected: "bigint",
            code: "invalid_type",
            input: payload.value,
            inst,
        });
        return payload;
    };
});
const $ZodBigIntFormat = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodBigIntFormat", (inst, def) => {
    checks.$ZodCheckBigIntFormat.init(inst, def);
    $ZodBigInt.init(inst, def); // no format checks
})));
const $ZodSymbol = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodSymbol", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, _ctx) => {
        const input = payload.value;
        if (typeof input === "symbol")
            return payload;
        payload.issues.push({
            expected: "symbol",
            code: "invalid_type",
            input,
            inst,
        });
        return payload;
    };
})));
const $ZodUndefined = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodUndefined", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.pattern = regexes.undefined;
    inst._zod.values = new Set([undefined]);
    inst._zod.parse = (payload, _ctx) => {
        const input = payload.value;
        if (typeof input === "undefined")
            return payload;
        payload.issues.push({
            expected: "undefined",
            code: "invalid_type",
            input,
            inst,
        });
        return payload;
    };
})));
const $ZodNull = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodNull", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.pattern = regexes.null;
    inst._zod.values = new Set([null]);
    inst._zod.parse = (payload, _ctx) => {
        const input = payload.value;
        if (input === null)
            return payload;
        payload.issues.push({
            expected: "null",
            code: "invalid_type",
            input,
            inst,
        });
        return payload;
    };
})));
const $ZodAny = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodAny", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload) => payload;
})));
const $ZodUnknown = /*@__PURE__*/ $constructor("$ZodUnknown", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload) => payload;
});
const $ZodNever = /*@__PURE__*/ $constructor("$ZodNever", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, _ctx) => {
        payload.issues.push({
            expected: "never",
            code: "invalid_type",
            input: payload.value,
            inst,
        });
        return payload;
    };
});
const $ZodVoid = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodVoid", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, _ctx) => {
        const input = payload.value;
        if (typeof input === "undefined")
            return payload;
        payload.issues.push({
            expected: "void",
            code: "invalid_type",
            input,
            inst,
        });
        return payload;
    };
})));
const $ZodDate = /*@__PURE__*/ $constructor("$ZodDate", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, _ctx) => {
        if (def.coerce) {
            try {
                payload.value = new Date(payload.value);
            }
            catch (_err) { }
        }
        const input = payload.value;
        const isDate = input instanceof Date;
        const isValidDate = isDate && !Number.isNaN(input.getTime());
        if (isValidDate)
            return payload;
        payload.issues.push({
            expected: "date",
            code: "invalid_type",
            input,
            ...(isDate ? { received: "Invalid Date" } : {}),
            inst,
        });
        return payload;
    };
});
// an oversized container fails its leading size checks before any element is parsed
function capSize(inst, size) {
    const caps = sizeCaps(inst._zod.def.checks);
    if (!caps.length)
        return;
    const cap = Math.min(...caps.map((c) => c[0]));
    const parse = inst._zod.parse;
    inst._zod.parse = (payload, ctx) => {
        const n = size(payload.value);
        if (n > cap && !ctx?.skipChecks && ctx?.direction !== "backward") {
            for (const [max, ch] of sizeCaps(inst._zod.def.checks)) {
                if (n > max && ch._zod.def.when(payload)) {
                    const start = payload.issues.length;
                    ch._zod.check(payload);
                    // the value is still the raw input, so no later check may read it
                    payload.issues[start].continue = false;
                    attachSchema(payload.issues, start, inst);
                    return payload;
                }
            }
        }
        return parse(payload, ctx);
    };
}
const arraySize = (input) => (Array.isArray(input) ? input.length : -1);
const mapSize = (input) => (input instanceof Map ? input.size : -1);
const setSize = (input) => (input instanceof Set ? input.size : -1);
function handleArrayResult(result, final, index) {
    if (result.issues.length) {
        final.issues.push(...prefixIssues(index, result.issues));
    }
    final.value[index] = result.value;
}
const $ZodArray = /*@__PURE__*/ $constructor("$ZodArray", (inst, def) => {
    $ZodType.init(inst, def);
    const memo = globalConfig.memoizer;
    memo?.attach(inst);
    inst._zod.parse = (payload, ctx) => {
        const input = payload.value;
        if (!Array.isArray(input)) {
            payload.issues.push({
                expected: "array",
                code: "invalid_type",
                input,
                inst,
            });
            return payload;
        }
        payload.value = memo ? memo.alloc(inst, payload, Array(input.length), ctx) : Array(input.length);
        const proms = [];
        const abortEarly = ctx?.abortEarly;
        for (let i = 0; i < input.length; i++) {
            const item = input[i];
            const result = def.element._zod.run({
                value: item,
                issues: [],
            }, ctx);
            if (result instanceof Promise) {
                proms.push(result.then((result) => handleArrayResult(result, payload, i)));
            }
            else {
                handleArrayResult(result, payload, i);
                // the element's payload is authoritative here, since handleArrayResult forwards every issue; an object's is not, because it drops a failed absent optional
                if (abortEarly && result.issues.length !== 0 && aborted(result))
                    break;
            }
        }
        if (proms.length) {
            return Promise.all(proms).then(() => payload);
        }
        return payload; //handleArrayResultsAsync(parseResults, final);
    };
    capSize(inst, arraySize);
});
function handlePropertyResult(result, final, key, input, optin, optout) {
    const isPresent = key in input;
    const isOptionalOut = optout === "optional";
    // The middle rung means "absence permitted, nothing supplied in its place", so an absent key contributes nothing — whatever the schema made of `undefined` is invented, not substituted. Only `optional` reaches this with a value: `defaulted` substitutes, and a schema that isn't optional-out has to keep the key.
    if (!isPresent && isOptionalOut && optin === "optional") {
        return;
    }
    if (result.issues.length) {
        // For optional-in/out schemas, ignore errors on absent keys.
        if (optin !== undefined && isOptionalOut && !isPresent) {
            return;
        }
        final.issues.push(...prefixIssues(key, result.issues));
    }
    if (!isPresent && optin === undefined) {
        if (!result.issues.length) {
            final.issues.push({
                code: "invalid_type",
                expected: "nonoptional",
                input: undefined,
                path: [key],
            });
        }
        return;
    }
    if (result.value === undefined) {
        if (isPresent || (optin === "defaulted" && !isOptionalOut)) {
            final.value[key] = undefined;
        }
    }
    else {
        final.value[key] = result.value;
    }
}
// one shared instance; a fresh [] per schema cost 56 bytes retained
const NO_SYMBOL_KEYS = [];
function normalizeDef(def) {
    const keys = Object.keys(def.shape);
    const ownSymbols = Object.getOwnPropertySymbols(def.shape);
    const symbolKeys = ownSymbols.length ? ownSymbols : NO_SYMBOL_KEYS;
    // aliases `keys` when there are no symbols, so a string-only shape keeps one array
    const allKeys = symbolKeys.length ? [...keys, ...symbolKeys] : keys;
    for (const k of allKeys) {
        if (!def.shape?.[k]?._zod?.traits?.has("$ZodType")) {
            throw new Error(`Invalid element at key "${String(k)}": expected a Zod schema`);
        }
    }
    const okeys = optionalKeys(def.shape);
    return {
        ...def,
        allKeys,
        symbolKeys,
        // string-only: handleCatchall matches it against `for...in`, which never yields a symbol
        keySet: new Set(keys),
        numKeys: keys.length,
        optionalKeys: new Set(okeys),
    };
}
function handleCatchall(proms, input, payload, ctx, def, inst, abortEarly) {
    const unrecognized = [];
    const keySet = def.keySet;
    const _catchall = def.catchall._zod;
    const t = _catchall.def.type;
    const optin = _catchall.optin;
    const optout = _catchall.optout;
    // starts at 0, not the current length: the shape phase already ran and may have aborted
    let seen = 0;
    for (const key in input) {
        if (abortEarly && payload.issues.length !== seen) {
            if (aborted(payload, seen))
                break;
            seen = payload.issues.length;
        }
        // Must precede the __proto__ branch: a declared key is not unrecognized, even though the shape loop deliberately strips __proto__ from the parsed output.
        if (keySet.has(key))
            continue;
        // Don't copy an undeclared __proto__ into the result; assignment to a plain {} would replace the result prototype. But in strict mode it is still an unknown key, so report it before skipping.
        if (key === "__proto__") {
            if (t === "never")
                unrecognized.push(key);
            continue;
        }
        if (t === "never") {
            unrecognized.push(key);
            continue;
        }
        const r = _catchall.run({ value: input[key], issues: [] }, ctx);
        if (r instanceof Promise) {
            proms.push(r.then((r) => handlePropertyResult(r, payload, key, input, optin, optout)));
        }
        else {
            handlePropertyResult(r, payload, key, input, optin, optout);
        }
    }
    if (unrecognized.length) {
        payload.issues.push({
            code: "unrecognized_keys",
            keys: unrecognized,
            input,
            inst,
            // Describes the shape of the input, not the validity of the parsed value, so it never aborts. The parse still fails; the schema's own checks just get to run first, and an enclosing intersection can reconcile the key against a sibling operand.
            continue: true,
        });
    }
    if (!proms.length)
        return payload;
    return Promise.all(proms).then(() => {
        return payload;
    });
}
const $ZodObject = /*@__PURE__*/ $constructor("$ZodObject", (inst, def) => {
    // requires cast because technically $ZodObject doesn't extend
    $ZodType.init(inst, def);
    const desc = Object.getOwnPropertyDescriptor(def, "shape");
    // a cloned def carries its source's accessor, which knows the shape it answers from; adopting that keeps the clone's keys readable without running it
    const sh = desc?.get ? desc.get.raw : (def.shape ?? {});
    if (sh) {
        // Freezes the shape on first read, so its getters resolve once and every later read sees the same schemas.
        const get = () => {
            const newSh = { ...sh };
            Object.defineProperty(def, "shape", { value: newSh });
            get.raw = newSh;
            return newSh;
        };
        get.raw = sh;
        Object.defineProperty(def, "shape", { get });
    }
    const _normalized = cached(() => normalizeDef(def));
    defineLazyInternal(inst, "propValues", (zod) => {
        const shape = zod.def.shape;
        const propValues = {};
        for (const key in shape) {
            const field = shape[key]._zod;
            if (field.values) {
                if (!Object.prototype.hasOwnProperty.call(propValues, key)) {
                    util_assignProp(propValues, key, new Set());
                }
                for (const v of field.values)
                    propValues[key].add(v);
                // An omittable slot reads back as undefined at a discriminator lookup, so it has to claim undefined: two options that can both omit the key are not discriminable on it.
                if (field.optin !== undefined)
                    propValues[key].add(undefined);
            }
        }
        return propValues;
    });
    const isObject = util_isObject;
    const catchall = def.catchall;
    let value;
    const memo = globalConfig.memoizer;
    memo?.attach(inst);
    inst._zod.parse = (payload, ctx) => {
        value ?? (value = _normalized.value);
        const input = payload.value;
        if (!isObject(input)) {
            payload.issues.push({
                expected: "object",
                code: "invalid_type",
                input,
                inst,
            });
            return payload;
        }
        payload.value = memo ? memo.alloc(inst, payload, {}, ctx) : {};
        const proms = [];
        const shape = value.shape;
        const abortEarly = ctx?.abortEarly;
        let seen = payload.issues.length;
        for (const key of value.allKeys) {
            if (abortEarly && payload.issues.length !== seen) {
                if (aborted(payload, seen))
                    break;
                seen = payload.issues.length;
            }
            if (key === "__proto__")
                continue;
            const el = shape[key];
            const optin = el._zod.optin;
            const optout = el._zod.optout;
            const r = el._zod.run({ value: input[key], issues: [] }, ctx);
            if (r instanceof Promise) {
                proms.push(r.then((r) => handlePropertyResult(r, payload, key, input, optin, optout)));
            }
            else {
                handlePropertyResult(r, payload, key, input, optin, optout);
            }
        }
        if (!catchall) {
            return proms.length ? Promise.all(proms).then(() => payload) : payload;
        }
        return handleCatchall(proms, input, payload, ctx, _normalized.value, inst, abortEarly === true);
    };
});
const $ZodObjectJIT = /*@__PURE__*/ $constructor("$ZodObjectJIT", (inst, def) => {
    // requires cast because technically $ZodObject doesn't extend
    $ZodObject.init(inst, def);
    const superParse = inst._zod.parse;
    const _normalized = cached(() => normalizeDef(def));
    const memo = globalConfig.memoizer;
    const generateFastpass = (shape) => {
        const normalized = _normalized.value;
        const syms = normalized.symbolKeys;
        // a symbol has no source literal, so it is read as `syms[i]` off the closed-over scope
        const doc = new Doc(["payload", "ctx"], { shape, inst, memo, syms });
        const parseStr = (k) => `shape[${k}]._zod.run({ value: input[${k}], issues: [] }, ctx)`;
        // prefixes in place, like util.prefixIssues. newResult must land before the early return: a catchall runs after this and would otherwise write onto the caller's input
        const prefixStr = (id, k) => `
          let ${id}_ab = false;
          for (let i = 0; i < ${id}.issues.length; i++) {
            const iss = ${id}.issues[i];
            iss.path = iss.path ? [${k}, ...iss.path] : [${k}];
            payload.issues.push(iss);
            if (iss.continue !== true) ${id}_ab = true;
          }
          if (${id}_ab && ctx && ctx.abortEarly) {
            payload.value = newResult;
            return payload;
          }`;
        doc.write(`const input = payload.value;`);
        const ids = Object.create(null);
        let counter = 0;
        for (const key of normalized.allKeys) {
            ids[key] = `key_${counter++}`;
        }
        // A: preserve key order {
        doc.write(memo ? `const newResult = memo.alloc(inst, payload, {}, ctx);` : `const newResult = {};`);
        for (const key of normalized.allKeys) {
            if (key === "__proto__")
                continue;
            const id = ids[key];
            const k = typeof key === "symbol" ? `syms[${syms.indexOf(key)}]` : esc(key);
            const isPresent = `${k} in input`;
            const schema = shape[key];
            const optin = schema?._zod?.optin;
            const isOptionalIn = optin !== undefined;
            const isOptionalOut = schema?._zod?.optout === "optional";
            doc.write(`const ${id} = ${parseStr(k)};`);
            if (isOptionalIn && isOptionalOut) {
                // For optional-in/out schemas, ignore errors on absent keys — and, like the interpreted path, drop the value produced alongside them. The middle rung goes further: it permits absence without supplying anything in its place, so an absent key contributes nothing at all.
                const assign = optin === "optional" ? `${id}_present` : `${id}.value !== undefined || ${id}_present`;
                doc.write(`
        const ${id}_present = ${isPresent};
        if (!${id}.issues.length || ${id}_present) {
          if (${id}.issues.length) {${prefixStr(id, k)}
          }

          if (${assign}) {
            newResult[${k}] = ${id}.value;
          }
        }

      `);
            }
            else if (!isOptionalIn) {
                doc.write(`
        const ${id}_present = ${isPresent};
        if (${id}.issues.length) {${prefixStr(id, k)}
        }
        if (!${id}_present && !${id}.issues.length) {
          payload.issues.push({
            code: "invalid_type",
            expected: "nonoptional",
            input: undefined,
            path: [${k}]
          });
          if (ctx && ctx.abortEarly) {
            payload.value = newResult;
            return payload;
          }
        }

        if (${id}_present) {
          newResult[${k}] = ${id}.value;
        }

      `);
            }
            else {
                doc.write(`
        if (${id}.issues.length) {${prefixStr(id, k)}
        }
      `);
                if (optin === "defaulted") {
                    doc.write(`newResult[${k}] = ${id}.value;`);
                }
                else {
                    doc.write(`
        if (${id}.value !== undefined || ${isPresent}) {
          newResult[${k}] = ${id}.value;
        }
      `);
                }
            }
        }
        doc.write(`payload.value = newResult;`);
        doc.write(`return payload;`);
        // closing `shape` in is what pays: turbofan specializes the parser against that one shape object, so every `shape[k]._zod.run` folds to a known callee. as a parameter it stays a generic load and measures 13% slower even with the forwarding frame gone
        return doc.compile();
    };
    let fastpass;
    const isObject = util_isObject;
    const jit = !globalConfig.jitless;
    const allowsEval = util_allowsEval;
    const fastEnabled = jit && allowsEval.value; // && !def.catchall;
    const catchall = def.catchall;
    let value;
    inst._zod.parse = (payload, ctx) => {
        value ?? (value = _normalized.value);
        const input = payload.value;
        if (!isObject(input)) {
            payload.issues.push({
                expected: "object",
                code: "invalid_type",
                input,
                inst,
            });
            return payload;
        }
        if (jit && fastEnabled && ctx?.async === false && ctx.jitless !== true) {
            // always synchronous
            if (!fastpass)
                fastpass = generateFastpass(def.shape);
            payload = fastpass(payload, ctx);
            if (!catchall)
                return payload;
            return handleCatchall([], input, payload, ctx, value, inst, ctx?.abortEarly === true);
        }
        return superParse(payload, ctx);
    };
});
function handleUnionResults(results, final, inst, ctx) {
    for (const result of results) {
        if (result.issues.length === 0) {
            final.value = result.value;
            return final;
        }
    }
    const nonaborted = results.filter((r) => !aborted(r));
    if (nonaborted.length === 1) {
        final.value = nonaborted[0].value;
        return nonaborted[0];
    }
    final.issues.push({
        code: "invalid_union",
        input: final.value,
        inst,
        errors: results.map((result) => result.issues.map((iss) => finalizeIssue(iss, ctx, config()))),
    });
    return final;
}
const $ZodUnion = /*@__PURE__*/ $constructor("$ZodUnion", (inst, def) => {
    $ZodType.init(inst, def);
    defineLazyInternal(inst, "optin", (zod) => zod.def.options.some((o) => o._zod.optin === "defaulted")
        ? "defaulted"
        : zod.def.options.some((o) => o._zod.optin !== undefined)
            ? "optional"
            : undefined);
    defineLazyInternal(inst, "optout", (zod) => zod.def.options.some((o) => o._zod.optout === "optional") ? "optional" : undefined);
    defineLazyInternal(inst, "values", (zod) => {
        if (zod.def.options.every((o) => o._zod.values)) {
            return new Set(zod.def.options.flatMap((option) => Array.from(option._zod.values)));
        }
        return undefined;
    });
    defineLazyInternal(inst, "pattern", (zod) => {
        if (zod.def.options.every((o) => o._zod.pattern)) {
            const patterns = zod.def.options.map((o) => o._zod.pattern);
            return new RegExp(`^(${patterns.map((p) => cleanRegex(p.source)).join("|")})$`);
        }
        return undefined;
    });
    const first = def.options.length === 1 ? def.options[0]._zod.run : null;
    inst._zod.parse = (payload, ctx) => {
        if (first) {
            return first(payload, ctx);
        }
        let async = false;
        const results = [];
        for (const option of def.options) {
            const result = option._zod.run({
                value: payload.value,
                issues: [],
            }, ctx);
            if (result instanceof Promise) {
                results.push(result);
                async = true;
            }
            else {
                if (result.issues.length === 0)
                    return result;
                results.push(result);
            }
        }
        if (!async)
            return handleUnionResults(results, payload, inst, ctx);
        return Promise.all(results).then((results) => {
            return handleUnionResults(results, payload, inst, ctx);
        });
    };
});
function handleExclusiveUnionResults(results, final, inst, ctx) {
    const matches = [];
    for (let i = 0; i < results.length; i++) {
        if (results[i].issues.length === 0)
            matches.push(i);
    }
    if (matches.length === 1) {
        final.value = results[matches[0]].value;
        return final;
    }
    if (matches.length === 0) {
        // No matches - same as regular union
        final.issues.push({
            code: "invalid_union",
            input: final.value,
            inst,
            errors: results.map((result) => result.issues.map((iss) => util.finalizeIssue(iss, ctx, core.config()))),
        });
    }
    else {
        // Multiple matches - exclusive union failure
        final.issues.push({
            code: "invalid_union",
            input: final.value,
            inst,
            errors: [],
            inclusive: false,
            matches,
        });
    }
    return final;
}
const $ZodXor = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodXor", (inst, def) => {
    $ZodUnion.init(inst, def);
    def.inclusive = false;
    const first = def.options.length === 1 ? def.options[0]._zod.run : null;
    inst._zod.parse = (payload, ctx) => {
        if (first) {
            return first(payload, ctx);
        }
        let async = false;
        const results = [];
        for (const option of def.options) {
            const result = option._zod.run({
                value: payload.value,
                issues: [],
            }, ctx);
            if (result instanceof Promise) {
                results.push(result);
                async = true;
            }
            else {
                results.push(result);
            }
        }
        if (!async)
            return handleExclusiveUnionResults(results, payload, inst, ctx);
        return Promise.all(results).then((results) => {
            return handleExclusiveUnionResults(results, payload, inst, ctx);
        });
    };
})));
/** Returns the option whose discriminator claims `value`, or throws if ambiguous. */
function getDiscriminatedOption(union, value) {
    const internals = union._zod;
    let map = internals.bag.optionsMap;
    if (!map) {
        map = discriminatorMap(internals.def);
        internals.bag.optionsMap = map;
    }
    const option = map.get(value);
    if (option === null)
        throw new Error(`Ambiguous discriminator value "${String(value)}"`);
    return option;
}
function discriminatorMap(def) {
    const map = new Map();
    for (const option of def.options) {
        const values = option._zod.propValues?.[def.discriminator];
        if (!values || values.size === 0)
            throw new Error(`Invalid discriminated union option at index "${def.options.indexOf(option)}"`);
        for (const value of values) {
            if (map.has(value)) {
                if (value !== undefined)
                    throw new Error(`Duplicate discriminator value "${String(value)}"`);
                // keep the collision marked so a later member cannot reclaim it
                map.set(value, null);
            }
            else {
                map.set(value, option);
            }
        }
    }
    return map;
}
const $ZodDiscriminatedUnion = 
/*@__PURE__*/
(/* unused pure expression or super */ null && (core.$constructor("$ZodDiscriminatedUnion", (inst, def) => {
    def.inclusive = false;
    $ZodUnion.init(inst, def);
    const _super = inst._zod.parse;
    util.defineLazyInternal(inst, "propValues", (zod) => {
        const propValues = {};
        let undefinedCount = 0;
        for (const option of zod.def.options) {
            const pv = option._zod.propValues;
            if (!pv || Object.keys(pv).length === 0)
                throw new Error(`Invalid discriminated union option at index "${zod.def.options.indexOf(option)}"`);
            if (pv[zod.def.discriminator]?.has(undefined))
                undefinedCount++;
            for (const [k, v] of Object.entries(pv)) {
                if (!Object.prototype.hasOwnProperty.call(propValues, k)) {
                    util.assignProp(propValues, k, new Set());
                }
                for (const val of v) {
                    propValues[k].add(val);
                }
            }
        }
        if (!zod.def.unionFallback && undefinedCount > 1)
            propValues[zod.def.discriminator]?.delete(undefined);
        return propValues;
    });
    // Checked now rather than in the lookup map below, so an option that lacks the discriminator fails at the `discriminatedUnion` call instead of on the first object parsed. Options whose shape cannot be enumerated without resolving it — pipes and lazies — are left to the map.
    def.options.forEach((option, i) => {
        const propShape = util.rawShape(option._zod.def);
        if (propShape && !Object.prototype.hasOwnProperty.call(propShape, def.discriminator)) {
            throw new Error(`Invalid discriminated union option at index "${i}"`);
        }
    });
    const disc = util.cached(() => discriminatorMap(def));
    inst._zod.parse = (payload, ctx) => {
        const input = payload.value;
        if (!util.isObject(input)) {
            payload.issues.push({
                code: "invalid_type",
                expected: "object",
                input,
                inst,
            });
            return payload;
        }
        const value = input?.[def.discriminator];
        const opt = disc.value.get(value);
        // forward metadata cannot choose an encoder for an absent tag
        if (opt && (value !== undefined || ctx.direction !== "backward")) {
            return opt._zod.run(payload, ctx);
        }
        // Fall back to union matching when the fast discriminator path fails:
        // - explicitly enabled via unionFallback, or
        // - during backward direction (encode), since codec-based discriminators have different values in forward vs backward directions
        if (def.unionFallback || ctx.direction === "backward") {
            return _super(payload, ctx);
        }
        // no matching discriminator
        payload.issues.push({
            code: "invalid_union",
            errors: [],
            note: "No matching discriminator",
            discriminator: def.discriminator,
            options: Array.from(disc.value.keys()).filter((value) => disc.value.get(value) !== null),
            input,
            path: [def.discriminator],
            inst,
        });
        return payload;
    };
})));
const $ZodIntersection = /*@__PURE__*/ $constructor("$ZodIntersection", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, ctx) => {
        const input = payload.value;
        const left = def.left._zod.run({ value: input, issues: [] }, ctx);
        const right = def.right._zod.run({ value: input, issues: [] }, ctx);
        const async = left instanceof Promise || right instanceof Promise;
        if (async) {
            return Promise.all([left, right]).then(([left, right]) => {
                return handleIntersectionResults(payload, left, right);
            });
        }
        return handleIntersectionResults(payload, left, right);
    };
});
function mergeValues(a, b) {
    // const aType = parse.t(a);
    // const bType = parse.t(b);
    if (a === b) {
        return { valid: true, data: a };
    }
    if (a instanceof Date && b instanceof Date && +a === +b) {
        return { valid: true, data: a };
    }
    if (isPlainObject(a) && isPlainObject(b)) {
        const bKeys = Object.keys(b);
        const sharedKeys = Object.keys(a).filter((key) => bKeys.indexOf(key) !== -1);
        const newObj = { ...a, ...b };
        if (Object.prototype.hasOwnProperty.call(newObj, "__proto__"))
            delete newObj.__proto__;
        for (const key of sharedKeys) {
            if (key === "__proto__")
                continue;
            const sharedValue = mergeValues(a[key], b[key]);
            if (!sharedValue.valid) {
                return {
                    valid: false,
                    mergeErrorPath: [key, ...sharedValue.mergeErrorPath],
                };
            }
            newObj[key] = sharedValue.data;
        }
        return { valid: true, data: newObj };
    }
    if (Array.isArray(a) && Array.isArray(b)) {
        if (a.length !== b.length) {
            return { valid: false, mergeErrorPath: [] };
        }
        const newArray = [];
        for (let index = 0; index < a.length; index++) {
            const itemA = a[index];
            const itemB = b[index];
            const sharedValue = mergeValues(itemA, itemB);
            if (!sharedValue.valid) {
                return {
                    valid: false,
                    mergeErrorPath: [index, ...sharedValue.mergeErrorPath],
                };
            }
            newArray.push(sharedValue.data);
        }
        return { valid: true, data: newArray };
    }
    return { valid: false, mergeErrorPath: [] };
}
function handleIntersectionResults(result, left, right) {
    // Track which side(s) reject each key. A key rejection is reported only when BOTH sides reject it, so a key owned by one branch survives the other's key schema. strictObject reports these as unrecognized_keys; a record with an open key schema reports one invalid_key per key.
    const unrecKeys = new Map();
    let unrecIssue;
    const keyIssues = new Map();
    const collect = (iss, side) => {
        let keys;
        if (iss.code === "unrecognized_keys" && !iss.path?.length) {
            unrecIssue ?? (unrecIssue = iss);
            keys = iss.keys;
        }
        else if (iss.code === "invalid_key" && iss.origin === "record" && iss.path?.length === 1) {
            const k = String(iss.path[0]);
            if (!keyIssues.has(k))
                keyIssues.set(k, iss);
            keys = [k];
        }
        else {
            return false;
        }
        for (const k of keys) {
            if (!unrecKeys.has(k))
                unrecKeys.set(k, {});
            unrecKeys.get(k)[side] = true;
        }
        return true;
    };
    for (const iss of left.issues) {
        if (!collect(iss, "l"))
            result.issues.push(iss);
    }
    for (const iss of right.issues) {
        if (!collect(iss, "r"))
            result.issues.push(iss);
    }
    // Report only keys rejected by BOTH sides
    const bothKeys = [...unrecKeys].filter(([, f]) => f.l && f.r).map(([k]) => k);
    if (bothKeys.length) {
        const aggregated = unrecIssue ? bothKeys.filter((k) => unrecIssue.keys.includes(k)) : [];
        if (aggregated.length)
            result.issues.push({ ...unrecIssue, keys: aggregated });
        for (const k of bothKeys) {
            if (!aggregated.includes(k) && keyIssues.has(k))
                result.issues.push(keyIssues.get(k));
        }
    }
    const merged = mergeValues(left.value, right.value);
    if (!merged.valid) {
        if (aborted(result))
            return result;
        throw new Error(`Unmergable intersection. Error path: ` + `${JSON.stringify(merged.mergeErrorPath)}`);
    }
    result.value = merged.data;
    return result;
}
const $ZodTuple = /*@__PURE__*/ $constructor("$ZodTuple", (inst, def) => {
    $ZodType.init(inst, def);
    const items = def.items;
    const memo = globalConfig.memoizer;
    memo?.attach(inst);
    inst._zod.parse = (payload, ctx) => {
        const input = payload.value;
        if (!Array.isArray(input)) {
            payload.issues.push({
                input,
                inst,
                expected: "tuple",
                code: "invalid_type",
            });
            return payload;
        }
        payload.value = memo ? memo.alloc(inst, payload, [], ctx) : [];
        const proms = [];
        const optinStart = getTupleOptStart(items, "optin");
        const optoutStart = getTupleOptStart(items, "optout");
        if (!def.rest) {
            if (input.length < optinStart) {
                payload.issues.push({
                    code: "too_small",
                    minimum: optinStart,
                    inclusive: true,
                    input,
                    inst,
                    origin: "array",
                });
                return payload;
            }
            if (input.length > items.length) {
                payload.issues.push({
                    code: "too_big",
                    maximum: items.length,
                    inclusive: true,
                    input,
                    inst,
                    origin: "array",
                });
            }
        }
        // Run every item in parallel, collecting results into an indexed array. The post-processing in `handleTupleResults` walks them in order so it can decide whether an absent optional-output error can truncate the tail or must be reported to preserve required output.
        const itemResults = new Array(items.length);
        // only tracked when there is a rest loop to skip
        const abortEarly = def.rest ? ctx?.abortEarly : undefined;
        let itemAborted = false;
        for (let i = 0; i < items.length; i++) {
            const r = items[i]._zod.run({ value: input[i], issues: [] }, ctx);
            if (r instanceof Promise) {
                proms.push(r.then((rr) => {
                    itemResults[i] = rr;
                }));
            }
            else {
                itemResults[i] = r;
                if (abortEarly && !itemAborted && r.issues.length)
                    itemAborted = aborted(r);
            }
        }
        // sound because rest is non-empty exactly when every fixed index is present, the one case handleTupleResults cannot discard an item's issues
        if (def.rest && !itemAborted) {
            let i = items.length - 1;
            const rest = input.slice(items.length);
            let seen = payload.issues.length;
            for (const el of rest) {
                if (abortEarly && payload.issues.length !== seen) {
                    if (aborted(payload, seen))
                        break;
                    seen = payload.issues.length;
                }
                i++;
                const result = def.rest._zod.run({ value: el, issues: [] }, ctx);
                if (result instanceof Promise) {
                    proms.push(result.then((r) => handleTupleResult(r, payload, i)));
                }
                else {
                    handleTupleResult(result, payload, i);
                }
            }
        }
        if (proms.length) {
            return Promise.all(proms).then(() => handleTupleResults(itemResults, payload, items, input, optoutStart));
        }
        return handleTupleResults(itemResults, payload, items, input, optoutStart);
    };
});
function getTupleOptStart(items, key) {
    for (let i = items.length - 1; i >= 0; i--) {
        // optin is a three-rung ladder so any rung above `undefined` permits an absent slot; optout stays two-valued.
        const omittable = key === "optin" ? items[i]._zod.optin !== undefined : items[i]._zod.optout === "optional";
        if (!omittable)
            return i + 1;
    }
    return 0;
}
function handleTupleResult(result, final, index) {
    if (result.issues.length) {
        final.issues.push(...prefixIssues(index, result.issues));
    }
    final.value[index] = result.value;
}
function handleTupleResults(itemResults, final, items, input, optoutStart) {
    // Walk results in order. Mirror $ZodObject's swallow-on-absent-optional rule, but only after `optoutStart`: the first index where the output tuple tail can be absent.
    for (let i = 0; i < items.length; i++) {
        const r = itemResults[i];
        const isPresent = i < input.length;
        // The array analog of `handlePropertyResult`'s absent-key early return: the middle rung permits absence without supplying anything in its place, so the tail truncates here instead of materializing whatever the item made of `undefined`.
        if (!isPresent && i >= optoutStart && items[i]._zod.optin === "optional") {
            final.value.length = i;
            break;
        }
        if (r.issues.length) {
            if (!isPresent && i >= optoutStart) {
                final.value.length = i;
                break;
            }
            final.issues.push(...prefixIssues(i, r.issues));
        }
        final.value[i] = r.value;
    }
    // Drop trailing slots that produced `undefined` for absent input
    // (the array analog of an absent optional key on an object). The
    // `i >= input.length` floor is critical: an explicit `undefined`
    // *inside* the input must be preserved even when the schema is
    // optional-out (e.g. `z.string().or(z.undefined())` accepting an
    // explicit undefined value).
    for (let i = final.value.length - 1; i >= input.length; i--) {
        if (items[i]._zod.optout === "optional" && final.value[i] === undefined) {
            final.value.length = i;
        }
        else {
            break;
        }
    }
    return final;
}
const $ZodRecord = /*@__PURE__*/ $constructor("$ZodRecord", (inst, def) => {
    $ZodType.init(inst, def);
    const memo = globalConfig.memoizer;
    memo?.attach(inst);
    inst._zod.parse = (payload, ctx) => {
        const input = payload.value;
        if (!isPlainObject(input)) {
            payload.issues.push({
                expected: "record",
                code: "invalid_type",
                input,
                inst,
            });
            return payload;
        }
        // no guard in either loop below: a record's invalid_key aborts but an enclosing intersection can reconcile it, so a stopped loop hides keys the sibling does not own and the intersection then rejects nothing
        const proms = [];
        const values = def.keyType._zod.values;
        if (values && !def.partial) {
            payload.value = memo ? memo.alloc(inst, payload, {}, ctx) : {};
            const recordKeys = new Set();
            for (const key of values) {
                if (typeof key === "string" || typeof key === "number" || typeof key === "symbol") {
                    recordKeys.add(typeof key === "number" ? key.toString() : key);
                    // A declared __proto__ is stripped but is not an unrecognized key.
                    if (key === "__proto__")
                        continue;
                    const keyResult = def.keyType._zod.run({ value: key, issues: [] }, ctx);
                    if (keyResult instanceof Promise) {
                        throw new Error("Async schemas not supported in object keys currently");
                    }
                    if (keyResult.issues.length) {
                        payload.issues.push({
                            code: "invalid_key",
                            origin: "record",
                            issues: keyResult.issues.map((iss) => finalizeIssue(iss, ctx, config())),
                            input: key,
                            path: [key],
                            inst,
                        });
                        continue;
                    }
                    const outKey = keyResult.value;
                    if (outKey === "__proto__")
                        continue;
                    const result = def.valueType._zod.run({ value: input[key], issues: [] }, ctx);
                    if (result instanceof Promise) {
                        proms.push(result.then((result) => {
                            if (result.issues.length) {
                                payload.issues.push(...prefixIssues(key, result.issues));
                            }
                            payload.value[outKey] = result.value;
                        }));
                    }
                    else {
                        if (result.issues.length) {
                            payload.issues.push(...prefixIssues(key, result.issues));
                        }
                        payload.value[outKey] = result.value;
                    }
                }
            }
            let unrecognized;
            for (const key in input) {
                if (!recordKeys.has(key)) {
                    if (def.mode === "loose") {
                        // skip __proto__ so it can't replace the result prototype via the assignment setter on the plain {} we build into
                        if (key === "__proto__")
                            continue;
                        payload.value[key] = input[key];
                    }
                    else {
                        unrecognized = unrecognized ?? [];
                        unrecognized.push(key);
                    }
                }
            }
            if (unrecognized && unrecognized.length > 0) {
                payload.issues.push({
                    code: "unrecognized_keys",
                    input,
                    inst,
                    keys: unrecognized,
                    continue: true,
                });
            }
        }
        else {
            payload.value = memo ? memo.alloc(inst, payload, {}, ctx) : {};
            // An enumerable key schema declares which keys the record owns, so a key outside the set is unrecognized. A non-enumerable one (regex, refine) is a constraint every key must satisfy, so a failing key is invalid. Only the former is reconcilable against the other side of an intersection.
            let unrecognized;
            // Reflect.ownKeys for Symbol-key support; filter non-enumerable to match z.object()
            for (const key of Reflect.ownKeys(input)) {
                if (key === "__proto__")
                    continue;
                if (!Object.prototype.propertyIsEnumerable.call(input, key))
                    continue;
                let keyResult = def.keyType._zod.run({ value: key, issues: [] }, ctx);
                if (keyResult instanceof Promise) {
                    throw new Error("Async schemas not supported in object keys currently");
                }
                // Numeric string fallback: if key is a numeric string and failed, retry with Number(key). This handles z.number(), z.literal([1, 2, 3]), and unions containing numeric literals
                const checkNumericKey = typeof key === "string" && number.test(key) && keyResult.issues.length;
                if (checkNumericKey) {
                    const retryResult = def.keyType._zod.run({ value: Number(key), issues: [] }, ctx);
                    if (retryResult instanceof Promise) {
                        throw new Error("Async schemas not supported in object keys currently");
                    }
                    if (retryResult.issues.length === 0) {
                        keyResult = retryResult;
                    }
                }
                if (keyResult.issues.length) {
                    if (def.mode === "loose") {
                        // Pass through unchanged
                        payload.value[key] = input[key];
                    }
                    else if (values) {
                        unrecognized = unrecognized ?? [];
                        unrecognized.push(key);
                    }
                    else {
                        // Default "strict" behavior: error on invalid key
                        payload.issues.push({
                            code: "invalid_key",
                            origin: "record",
                            issues: keyResult.issues.map((iss) => finalizeIssue(iss, ctx, config())),
                            input: key,
                            path: [key],
                            inst,
                        });
                    }
                    continue;
                }
                // the guard above tests the raw input key, but the key schema can normalize an ordinary key into __proto__; re-check the key we actually write under
                const outKey = keyResult.value;
                if (outKey === "__proto__")
                    continue;
                const result = def.valueType._zod.run({ value: input[key], issues: [] }, ctx);
                if (result instanceof Promise) {
                    proms.push(result.then((result) => {
                        if (result.issues.length) {
                            payload.issues.push(...prefixIssues(key, result.issues));
                        }
                        payload.value[outKey] = result.value;
                    }));
                }
                else {
                    if (result.issues.length) {
                        payload.issues.push(...prefixIssues(key, result.issues));
                    }
                    payload.value[outKey] = result.value;
                }
            }
            if (unrecognized && unrecognized.length > 0) {
                payload.issues.push({
                    code: "unrecognized_keys",
                    input,
                    inst,
                    keys: unrecognized,
                    continue: true,
                });
            }
        }
        if (proms.length) {
            return Promise.all(proms).then(() => payload);
        }
        return payload;
    };
});
const $ZodMap = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodMap", (inst, def) => {
    $ZodType.init(inst, def);
    const memo = core.globalConfig.memoizer;
    memo?.attach(inst);
    inst._zod.parse = (payload, ctx) => {
        const input = payload.value;
        if (!(input instanceof Map)) {
            payload.issues.push({
                expected: "map",
                code: "invalid_type",
                input,
                inst,
            });
            return payload;
        }
        const proms = [];
        payload.value = memo ? memo.alloc(inst, payload, new Map(), ctx) : new Map();
        const abortEarly = ctx?.abortEarly;
        let seen = payload.issues.length;
        for (const [key, value] of input) {
            if (abortEarly && payload.issues.length !== seen) {
                if (util.aborted(payload, seen))
                    break;
                seen = payload.issues.length;
            }
            const keyResult = def.keyType._zod.run({ value: key, issues: [] }, ctx);
            const valueResult = def.valueType._zod.run({ value: value, issues: [] }, ctx);
            if (keyResult instanceof Promise || valueResult instanceof Promise) {
                proms.push(Promise.all([keyResult, valueResult]).then(([keyResult, valueResult]) => {
                    handleMapResult(keyResult, valueResult, payload, key, input, inst, ctx);
                }));
            }
            else {
                handleMapResult(keyResult, valueResult, payload, key, input, inst, ctx);
            }
        }
        if (proms.length)
            return Promise.all(proms).then(() => payload);
        return payload;
    };
    capSize(inst, mapSize);
})));
function handleMapResult(keyResult, valueResult, final, key, input, inst, ctx) {
    if (keyResult.issues.length) {
        if (util.propertyKeyTypes.has(typeof key)) {
            final.issues.push(...util.prefixIssues(key, keyResult.issues));
        }
        else {
            final.issues.push({
                code: "invalid_key",
                origin: "map",
                input,
                inst,
                issues: keyResult.issues.map((iss) => util.finalizeIssue(iss, ctx, core.config())),
            });
        }
    }
    if (valueResult.issues.length) {
        if (util.propertyKeyTypes.has(typeof key)) {
            final.issues.push(...util.prefixIssues(key, valueResult.issues));
        }
        else {
            final.issues.push({
                origin: "map",
                code: "invalid_element",
                input,
                inst,
                key: key,
                issues: valueResult.issues.map((iss) => util.finalizeIssue(iss, ctx, core.config())),
            });
        }
    }
    final.value.set(keyResult.value, valueResult.value);
}
const $ZodSet = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodSet", (inst, def) => {
    $ZodType.init(inst, def);
    const memo = core.globalConfig.memoizer;
    memo?.attach(inst);
    inst._zod.parse = (payload, ctx) => {
        const input = payload.value;
        if (!(input instanceof Set)) {
            payload.issues.push({
                input,
                inst,
                expected: "set",
                code: "invalid_type",
            });
            return payload;
        }
        const proms = [];
        payload.value = memo ? memo.alloc(inst, payload, new Set(), ctx) : new Set();
        const abortEarly = ctx?.abortEarly;
        let seen = payload.issues.length;
        for (const item of input) {
            if (abortEarly && payload.issues.length !== seen) {
                if (util.aborted(payload, seen))
                    break;
                seen = payload.issues.length;
            }
            const result = def.valueType._zod.run({ value: item, issues: [] }, ctx);
            if (result instanceof Promise) {
                proms.push(result.then((result) => handleSetResult(result, payload)));
            }
            else
                handleSetResult(result, payload);
        }
        if (proms.length)
            return Promise.all(proms).then(() => payload);
        return payload;
    };
    capSize(inst, setSize);
})));
function handleSetResult(result, final) {
    if (result.issues.length) {
        final.issues.push(...result.issues);
    }
    final.value.add(result.value);
}
const $ZodEnum = /*@__PURE__*/ $constructor("$ZodEnum", (inst, def) => {
    $ZodType.init(inst, def);
    const values = getEnumValues(def.entries);
    const valuesSet = new Set(values);
    inst._zod.values = valuesSet;
    defineLazyInternal(inst, "pattern", (zod) => {
        const patternValues = getEnumValues(zod.def.entries).filter((k) => propertyKeyTypes.has(typeof k));
        // unmatchable fallback, RE2-safe: an empty alternation would compile to /^()$/, which matches ""
        return new RegExp(patternValues.length ? `^(${patternValues.map((o) => escapeRegex(o.toString())).join("|")})$` : "^[^\\s\\S]$");
    });
    inst._zod.parse = (payload, _ctx) => {
        const input = payload.value;
        if (valuesSet.has(input)) {
            return payload;
        }
        payload.issues.push({
            code: "invalid_value",
            values,
            input,
            inst,
        });
        return payload;
    };
});
const $ZodLiteral = /*@__PURE__*/ $constructor("$ZodLiteral", (inst, def) => {
    $ZodType.init(inst, def);
    const values = new Set(def.values);
    inst._zod.values = values;
    defineLazyInternal(inst, "pattern", (zod) => {
        const vals = zod.def.values;
        // unmatchable fallback, RE2-safe: an empty alternation would compile to /^()$/, which matches ""
        return new RegExp(vals.length
            ? `^(${vals
                .map((o) => typeof o === "string" ? escapeRegex(o) : o ? escapeRegex(o.toString()) : String(o))
                .join("|")})$`
            : "^[^\\s\\S]$");
    });
    inst._zod.parse = (payload, _ctx) => {
        const input = payload.value;
        if (values.has(input)) {
            return payload;
        }
        payload.issues.push({
            code: "invalid_value",
            values: def.values,
            input,
            inst,
        });
        return payload;
    };
});
const $ZodFile = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodFile", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, _ctx) => {
        const input = payload.value;
        // @ts-ignore
        if (input instanceof File)
            return payload;
        payload.issues.push({
            expected: "file",
            code: "invalid_type",
            input,
            inst,
        });
        return payload;
    };
})));
const $ZodTransform = /*@__PURE__*/ $constructor("$ZodTransform", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.optin = "optional";
    globalConfig.memoizer?.guard(inst);
    inst._zod.parse = (payload, ctx) => {
        if (ctx.direction === "backward") {
            throw new $ZodEncodeError(inst.constructor.name);
        }
        const _out = def.transform(payload.value, payload);
        if (ctx.async) {
            const output = _out instanceof Promise ? _out : Promise.resolve(_out);
            return output.then((output) => {
                payload.value = output;
                return payload;
            });
        }
        if (_out instanceof Promise) {
            throw new $ZodAsyncError();
        }
        payload.value = _out;
        return payload;
    };
});
function handleOptionalResult(payload, result) {
    // A substituting schema that still failed has no usable answer; yield undefined. Its issues are simply dropped: it ran on a payload of its own, so there is no shared array to truncate and nothing of the caller's to lose with it.
    payload.value = result.issues.length ? undefined : result.value;
    return payload;
}
const $ZodOptional = /*@__PURE__*/ $constructor("$ZodOptional", (inst, def) => {
    $ZodType.init(inst, def);
    // .optional() propagates absence rather than substituting for it, so a defaulted inner keeps its rung.
    defineLazyInternal(inst, "optin", (zod) => zod.def.innerType._zod.optin === "defaulted" ? "defaulted" : "optional");
    inst._zod.optout = "optional";
    defineLazyInternal(inst, "values", (zod) => {
        const values = zod.def.innerType._zod.values;
        return values ? new Set([...values, undefined]) : undefined;
    });
    defineLazyInternal(inst, "pattern", (zod) => {
        const pattern = zod.def.innerType._zod.pattern;
        return pattern ? new RegExp(`^(${cleanRegex(pattern.source)})?$`) : undefined;
    });
    inst._zod.parse = (payload, ctx) => {
        if (payload.value === undefined) {
            // Only the top rung substitutes a value for absence; everything else leaves it intact, which is what .optional() means.
            if (def.innerType._zod.optin !== "defaulted")
                return payload;
            // Its own payload, for the same reason $ZodCatch gets one: a pipe forwards an unrecognized key through the caller's issues array, and this must not read that as the substituting schema failing and drop it.
            const result = def.innerType._zod.run({ value: payload.value, issues: [] }, ctx);
            if (result instanceof Promise)
                return result.then((result) => handleOptionalResult(payload, result));
            return handleOptionalResult(payload, result);
        }
        return def.innerType._zod.run(payload, ctx);
    };
});
const $ZodExactOptional = /*@__PURE__*/ $constructor("$ZodExactOptional", (inst, def) => {
    // Call parent init - inherits optin/optout = "optional"
    $ZodOptional.init(inst, def);
    // Override values/pattern to NOT add undefined
    defineLazyInternal(inst, "values", (zod) => zod.def.innerType._zod.values);
    defineLazyInternal(inst, "pattern", (zod) => zod.def.innerType._zod.pattern);
    // Override parse to just delegate (no undefined handling)
    inst._zod.parse = (payload, ctx) => {
        return def.innerType._zod.run(payload, ctx);
    };
});
const $ZodNullable = /*@__PURE__*/ $constructor("$ZodNullable", (inst, def) => {
    $ZodType.init(inst, def);
    defineLazyInternal(inst, "optin", (zod) => zod.def.innerType._zod.optin);
    defineLazyInternal(inst, "optout", (zod) => zod.def.innerType._zod.optout);
    defineLazyInternal(inst, "pattern", (zod) => {
        const pattern = zod.def.innerType._zod.pattern;
        return pattern ? new RegExp(`^(${cleanRegex(pattern.source)}|null)$`) : undefined;
    });
    defineLazyInternal(inst, "values", (zod) => {
        return zod.def.innerType._zod.values ? new Set([...zod.def.innerType._zod.values, null]) : undefined;
    });
    inst._zod.parse = (payload, ctx) => {
        // Forward direction (decode): allow null to pass through
        if (payload.value === null)
            return payload;
        return def.innerType._zod.run(payload, ctx);
    };
});
const $ZodDefault = /*@__PURE__*/ $constructor("$ZodDefault", (inst, def) => {
    $ZodType.init(inst, def);
    // inst._zod.qin = "true";
    inst._zod.optin = "defaulted";
    defineLazyInternal(inst, "values", (zod) => zod.def.innerType._zod.values);
    inst._zod.parse = (payload, ctx) => {
        if (ctx.direction === "backward") {
            return def.innerType._zod.run(payload, ctx);
        }
        // Forward direction (decode): apply defaults for undefined input
        if (payload.value === undefined) {
            payload.value = def.defaultValue;
            /**
             * $ZodDefault returns the default value immediately in forward direction.
             * It doesn't pass the default value into the validator ("prefault"). There's no reason to pass the default value through validation. The validity of the default is enforced by TypeScript statically. Otherwise, it's the responsibility of the user to ensure the default is valid. In the case of pipes with divergent in/out types, you can specify the default on the `in` schema of your ZodPipe to set a "prefault" for the pipe.   */
            return payload;
        }
        // Forward direction: continue with default handling
        const result = def.innerType._zod.run(payload, ctx);
        if (result instanceof Promise) {
            return result.then((result) => handleDefaultResult(result, def));
        }
        return handleDefaultResult(result, def);
    };
});
function handleDefaultResult(payload, def) {
    if (payload.value === undefined) {
        payload.value = def.defaultValue;
    }
    return payload;
}
const $ZodPrefault = /*@__PURE__*/ $constructor("$ZodPrefault", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.optin = "defaulted";
    defineLazyInternal(inst, "values", (zod) => zod.def.innerType._zod.values);
    inst._zod.parse = (payload, ctx) => {
        if (ctx.direction === "backward") {
            return def.innerType._zod.run(payload, ctx);
        }
        // Forward direction (decode): apply prefault for undefined input
        if (payload.value === undefined) {
            payload.value = def.defaultValue;
        }
        return def.innerType._zod.run(payload, ctx);
    };
});
const $ZodNonOptional = /*@__PURE__*/ $constructor("$ZodNonOptional", (inst, def) => {
    $ZodType.init(inst, def);
    defineLazyInternal(inst, "values", (zod) => {
        const v = zod.def.innerType._zod.values;
        return v ? new Set([...v].filter((x) => x !== undefined)) : undefined;
    });
    inst._zod.parse = (payload, ctx) => {
        const result = def.innerType._zod.run(payload, ctx);
        if (result instanceof Promise) {
            return result.then((result) => handleNonOptionalResult(result, inst));
        }
        return handleNonOptionalResult(result, inst);
    };
});
function handleNonOptionalResult(payload, inst) {
    if (!payload.issues.length && payload.value === undefined) {
        payload.issues.push({
            code: "invalid_type",
            expected: "nonoptional",
            input: payload.value,
            inst,
        });
    }
    return payload;
}
const $ZodSuccess = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodSuccess", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, ctx) => {
        if (ctx.direction === "backward") {
            throw new core.$ZodEncodeError("ZodSuccess");
        }
        const result = def.innerType._zod.run(payload, ctx);
        if (result instanceof Promise) {
            return result.then((result) => {
                payload.value = result.issues.length === 0;
                return payload;
            });
        }
        payload.value = result.issues.length === 0;
        return payload;
    };
})));
function handleCatchResult(payload, result, def, ctx) {
    if (!result.issues.length) {
        payload.value = result.value;
        // The value carries up, so the flag describing it has to carry with it: a back-edge into a node still being parsed must not be frozen by an enclosing readonly, and its checks belong to the node itself. Guarded so the ordinary case adds no own property.
        if (result.memo)
            payload.memo = true;
        return payload;
    }
    // Spread the inner's own payload, not ours: `value` has to stay the input the catch was handed, and the inner ran on a payload of its own so its issues are already private to this call.
    payload.value = def.catchValue({
        ...result,
        value: payload.value,
        error: {
            issues: result.issues.map((iss) => finalizeIssue(iss, ctx, config())),
        },
        input: payload.value,
    });
    return payload;
}
const $ZodCatch = /*@__PURE__*/ $constructor("$ZodCatch", (inst, def) => {
    $ZodType.init(inst, def);
    defineLazyInternal(inst, "optin", (zod) => zod.def.innerType._zod.optin === "defaulted" ? "defaulted" : "optional");
    defineLazyInternal(inst, "optout", (zod) => zod.def.innerType._zod.optout);
    defineLazyInternal(inst, "values", (zod) => zod.def.innerType._zod.values);
    inst._zod.parse = (payload, ctx) => {
        if (ctx.direction === "backward") {
            return def.innerType._zod.run(payload, ctx);
        }
        // Forward direction (decode): apply catch logic
        const result = def.innerType._zod.run({ value: payload.value, issues: [] }, ctx);
        if (result instanceof Promise) {
            return result.then((result) => handleCatchResult(payload, result, def, ctx));
        }
        return handleCatchResult(payload, result, def, ctx);
    };
});
const $ZodNaN = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodNaN", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, _ctx) => {
        if (typeof payload.value !== "number" || !Number.isNaN(payload.value)) {
            payload.issues.push({
                input: payload.value,
                inst,
                expected: "nan",
                code: "invalid_type",
            });
            return payload;
        }
        return payload;
    };
})));
const $ZodPipe = /*@__PURE__*/ $constructor("$ZodPipe", (inst, def) => {
    $ZodType.init(inst, def);
    defineLazyInternal(inst, "values", (zod) => zod.def.in._zod.values);
    defineLazyInternal(inst, "optin", (zod) => zod.def.in._zod.optin);
    defineLazyInternal(inst, "optout", (zod) => zod.def.out._zod.optout);
    defineLazyInternal(inst, "propValues", (zod) => zod.def.in._zod.propValues);
    inst._zod.parse = (payload, ctx) => {
        if (ctx.direction === "backward") {
            const right = def.out._zod.run(payload, ctx);
            if (right instanceof Promise) {
                return right.then((right) => handlePipeResult(right, def.in, ctx));
            }
            return handlePipeResult(right, def.in, ctx);
        }
        const left = def.in._zod.run(payload, ctx);
        if (left instanceof Promise) {
            return left.then((left) => handlePipeResult(left, def.out, ctx));
        }
        return handlePipeResult(left, def.out, ctx);
    };
});
function handlePipeResult(left, next, ctx) {
    // Any issue stops the pipe, so a failing refinement never feeds its transform. An unrecognized key is the exception: it describes the input's extra properties, not the value being piped, and an enclosing intersection may yet reconcile it.
    if (left.issues.some((iss) => iss.code !== "unrecognized_keys")) {
        // prevent further checks
        left.aborted = true;
        return left;
    }
    return next._zod.run({ value: left.value, issues: left.issues }, ctx);
}
const $ZodCodec = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodCodec", (inst, def) => {
    $ZodType.init(inst, def);
    util.defineLazyInternal(inst, "values", (zod) => zod.def.in._zod.values);
    util.defineLazyInternal(inst, "optin", (zod) => zod.def.in._zod.optin);
    util.defineLazyInternal(inst, "optout", (zod) => zod.def.out._zod.optout);
    util.defineLazyInternal(inst, "propValues", (zod) => zod.def.in._zod.propValues);
    inst._zod.parse = (payload, ctx) => {
        const direction = ctx.direction || "forward";
        if (direction === "forward") {
            const left = def.in._zod.run(payload, ctx);
            if (left instanceof Promise) {
                return left.then((left) => handleCodecAResult(left, def, ctx));
            }
            return handleCodecAResult(left, def, ctx);
        }
        else {
            const right = def.out._zod.run(payload, ctx);
            if (right instanceof Promise) {
                return right.then((right) => handleCodecAResult(right, def, ctx));
            }
            return handleCodecAResult(right, def, ctx);
        }
    };
})));
function handleCodecAResult(result, def, ctx) {
    if (result.issues.length) {
        // prevent further checks
        result.aborted = true;
        return result;
    }
    const direction = ctx.direction || "forward";
    if (direction === "forward") {
        const transformed = def.transform(result.value, result);
        if (transformed instanceof Promise) {
            return transformed.then((value) => handleCodecTxResult(result, value, def.out, ctx));
        }
        return handleCodecTxResult(result, transformed, def.out, ctx);
    }
    else {
        const transformed = def.reverseTransform(result.value, result);
        if (transformed instanceof Promise) {
            return transformed.then((value) => handleCodecTxResult(result, value, def.in, ctx));
        }
        return handleCodecTxResult(result, transformed, def.in, ctx);
    }
}
function handleCodecTxResult(left, value, nextSchema, ctx) {
    // Check if transform added any issues
    if (left.issues.length) {
        left.aborted = true;
        return left;
    }
    return nextSchema._zod.run({ value, issues: left.issues }, ctx);
}
const $ZodPreprocess = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodPreprocess", (inst, def) => {
    $ZodPipe.init(inst, def);
})));
const $ZodReadonly = /*@__PURE__*/ $constructor("$ZodReadonly", (inst, def) => {
    $ZodType.init(inst, def);
    defineLazyInternal(inst, "propValues", (zod) => zod.def.innerType._zod.propValues);
    defineLazyInternal(inst, "values", (zod) => zod.def.innerType._zod.values);
    defineLazyInternal(inst, "optin", (zod) => zod.def.innerType?._zod?.optin);
    defineLazyInternal(inst, "optout", (zod) => zod.def.innerType?._zod?.optout);
    inst._zod.parse = (payload, ctx) => {
        if (ctx.direction === "backward") {
            return def.innerType._zod.run(payload, ctx);
        }
        const result = def.innerType._zod.run(payload, ctx);
        if (result instanceof Promise) {
            return result.then(handleReadonlyResult);
        }
        return handleReadonlyResult(result);
    };
});
function handleReadonlyResult(payload) {
    // A repeat visit hands back a node that is still being built; freezing it here would make the rest of its keys fail to assign.
    if (!payload.memo)
        payload.value = Object.freeze(payload.value);
    return payload;
}
// a leaf's pattern source with its own checks folded in: the last pattern-carrying check wins, else length bounds narrow the catch-all, else an integer format narrows the number form. the fold lives here instead of on `_zod.pattern` so a bundle without template literals never pays for it
function leafPattern(schema) {
    const def = schema._zod.def;
    let pattern = def.pattern;
    let isInt = !!def.format?.includes("int");
    let minimum;
    let maximum;
    for (const ch of def.checks ?? []) {
        const d = ch._zod.def;
        if (d.pattern)
            pattern = d.pattern;
        isInt || (isInt = !!d.format?.includes("int"));
        const lo = d.minimum ?? d.length;
        const hi = d.maximum ?? d.length;
        if (lo !== undefined && (minimum === undefined || lo > minimum))
            minimum = lo;
        if (hi !== undefined && (maximum === undefined || hi < maximum))
            maximum = hi;
    }
    if (pattern)
        return pattern.source;
    // an empty range matches nothing at runtime, and `{8,5}` is not a legal quantifier
    if (minimum !== undefined && maximum !== undefined && minimum > maximum)
        return "(?!)";
    if (minimum !== undefined || maximum !== undefined)
        return regexes.string({ minimum, maximum }).source;
    const own = schema._zod.pattern;
    return (isInt && own === regexes.number ? regexes.integer : own)?.source;
}
// a part's pattern source. a wrapper's pattern embeds its inner pattern's source verbatim, so the folded form is substituted in place without knowing the wrapper's own composition; a union's options are joined the way the union builds its own pattern
function partPattern(schema) {
    const def = schema._zod.def;
    const own = schema._zod.pattern?.source;
    // lazy resolves its inner on the internals, not the def
    const inner = def.innerType ?? schema._zod.innerType;
    if (inner) {
        const before = inner._zod.pattern?.source;
        const after = partPattern(inner);
        if (own && before && after && after !== before) {
            return own.replace(util.cleanRegex(before), () => util.cleanRegex(after));
        }
        return own;
    }
    if (def.options) {
        const sources = def.options.map(partPattern);
        if (sources.every(Boolean))
            return `^(${sources.map((s) => util.cleanRegex(s)).join("|")})$`;
    }
    return leafPattern(schema);
}
const $ZodTemplateLiteral = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodTemplateLiteral", (inst, def) => {
    $ZodType.init(inst, def);
    const regexParts = [];
    for (const part of def.parts) {
        if (typeof part === "object" && part !== null) {
            // is Zod schema
            const source = partPattern(part);
            if (!source) {
                throw new Error(`Invalid template literal part, no pattern found: ${[...part._zod.traits].shift()}`);
            }
            regexParts.push(util.cleanRegex(source));
        }
        else if (part === null || util.primitiveTypes.has(typeof part)) {
            regexParts.push(util.escapeRegex(`${part}`));
        }
        else {
            throw new Error(`Invalid template literal part: ${part}`);
        }
    }
    inst._zod.pattern = new RegExp(`^${regexParts.join("")}$`);
    inst._zod.parse = (payload, _ctx) => {
        if (typeof payload.value !== "string") {
            payload.issues.push({
                input: payload.value,
                inst,
                expected: "string",
                code: "invalid_type",
            });
            return payload;
        }
        inst._zod.pattern.lastIndex = 0;
        if (!inst._zod.pattern.test(payload.value)) {
            payload.issues.push({
                input: payload.value,
                inst,
                code: "invalid_format",
                format: def.format ?? "template_literal",
                pattern: inst._zod.pattern.source,
            });
            return payload;
        }
        return payload;
    };
})));
const $ZodFunction = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodFunction", (inst, def) => {
    $ZodType.init(inst, def);
    // Defined, not assigned: the classic prototype exposes `_def` as a getter with no setter.
    Object.defineProperty(inst, "_def", { value: def });
    inst._zod.def = def;
    inst.implement = (func) => {
        if (typeof func !== "function") {
            throw new Error("implement() must be called with a function");
        }
        // Defined inline so the closure stays anonymous: binding it to a `const` first names it, which costs 256 bytes per implemented function.
        return Object.defineProperty(function (...args) {
            const parsedArgs = inst._def.input ? parse(inst._def.input, args) : args;
            const result = Reflect.apply(func, this, parsedArgs);
            if (inst._def.output) {
                return parse(inst._def.output, result);
            }
            return result;
        }, "_zod", { value: inst._zod, enumerable: false });
    };
    inst.implementAsync = (func) => {
        if (typeof func !== "function") {
            throw new Error("implementAsync() must be called with a function");
        }
        return Object.defineProperty(async function (...args) {
            const parsedArgs = inst._def.input ? await parseAsync(inst._def.input, args) : args;
            const result = await Reflect.apply(func, this, parsedArgs);
            if (inst._def.output) {
                return await parseAsync(inst._def.output, result);
            }
            return result;
        }, "_zod", { value: inst._zod, enumerable: false });
    };
    inst._zod.parse = (payload, _ctx) => {
        if (typeof payload.value !== "function") {
            payload.issues.push({
                code: "invalid_type",
                expected: "function",
                input: payload.value,
                inst,
            });
            return payload;
        }
        // Check if output is a promise type to determine if we should use async implementation
        const hasPromiseOutput = inst._def.output && inst._def.output._zod.def.type === "promise";
        if (hasPromiseOutput) {
            payload.value = inst.implementAsync(payload.value);
        }
        else {
            payload.value = inst.implement(payload.value);
        }
        return payload;
    };
    inst.input = (...args) => {
        const F = inst.constructor;
        if (Array.isArray(args[0])) {
            return new F({
                type: "function",
                input: new $ZodTuple({
                    type: "tuple",
                    items: args[0],
                    rest: args[1],
                }),
                output: inst._def.output,
            });
        }
        return new F({
            type: "function",
            input: args[0],
            output: inst._def.output,
        });
    };
    inst.output = (output) => {
        const F = inst.constructor;
        return new F({
            type: "function",
            input: inst._def.input,
            output,
        });
    };
    return inst;
})));
const $ZodPromise = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodPromise", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, ctx) => {
        return Promise.resolve(payload.value).then((inner) => def.innerType._zod.run({ value: inner, issues: [] }, ctx));
    };
})));
const $ZodLazy = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodLazy", (inst, def) => {
    $ZodType.init(inst, def);
    // Cache the resolved inner type on the shared `def` so all clones of this lazy (e.g. via `.describe()`/`.meta()`) share the same inner instance, preserving identity for cycle detection on recursive schemas.
    util.defineLazy(inst._zod, "innerType", () => {
        const d = def;
        if (!d._cachedInner)
            d._cachedInner = def.getter();
        return d._cachedInner;
    });
    util.defineLazyInternal(inst, "pattern", (zod) => zod.innerType?._zod?.pattern);
    util.defineLazyInternal(inst, "propValues", (zod) => zod.innerType?._zod?.propValues);
    util.defineLazyInternal(inst, "optin", (zod) => zod.innerType?._zod?.optin ?? undefined);
    util.defineLazyInternal(inst, "optout", (zod) => zod.innerType?._zod?.optout ?? undefined);
    inst._zod.parse = (payload, ctx) => {
        const inner = inst._zod.innerType;
        return inner._zod.run(payload, ctx);
    };
})));
const $ZodCustom = /*@__PURE__*/ $constructor("$ZodCustom", (inst, def) => {
    $ZodCheck.init(inst, def);
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, _) => {
        return payload;
    };
    inst._zod.check = (payload) => {
        const input = payload.value;
        const r = def.fn(input);
        if (r instanceof Promise) {
            return r.then((r) => handleRefineResult(r, payload, input, inst));
        }
        handleRefineResult(r, payload, input, inst);
        return;
    };
});
function handleRefineResult(result, payload, input, inst) {
    if (!result) {
        const _iss = {
            code: "custom",
            input,
            inst, // incorporates params.error into issue reporting
            path: [...(inst._zod.def.path ?? [])], // incorporates params.error into issue reporting
            continue: !inst._zod.def.abort,
            // params: inst._zod.def.params,
        };
        if (inst._zod.def.params)
            _iss.params = inst._zod.def.params;
        payload.issues.push(util_issue(_iss));
    }
}

;// CONCATENATED MODULE: ../../work/main/node_modules/zod/v4/core/registries.js
var registries_a;
const $output = /*@__PURE__*/ (/* unused pure expression or super */ null && (Symbol("ZodOutput")));
const $input = /*@__PURE__*/ (/* unused pure expression or super */ null && (Symbol("ZodInput")));
class $ZodRegistry {
    constructor() {
        this._map = new WeakMap();
        this._idmap = new Map();
    }
    add(schema, ..._meta) {
        const meta = _meta[0];
        this._map.set(schema, meta);
        if (meta && typeof meta === "object" && "id" in meta) {
            this._idmap.set(meta.id, schema);
        }
        return this;
    }
    clear() {
        this._map = new WeakMap();
        this._idmap = new Map();
        return this;
    }
    remove(schema) {
        const meta = this._map.get(schema);
        if (meta && typeof meta === "object" && "id" in meta) {
            this._idmap.delete(meta.id);
        }
        this._map.delete(schema);
        return this;
    }
    get(schema) {
        // return this._map.get(schema) as any;
        // inherit metadata
        const p = schema._zod.parent;
        if (p) {
            const pm = { ...(this.get(p) ?? {}) };
            delete pm.id; // do not inherit id
            const f = { ...pm, ...this._map.get(schema) };
            return Object.keys(f).length ? f : undefined;
        }
        return this._map.get(schema);
    }
    has(schema) {
        return this._map.has(schema);
    }
}
// registries
function registry() {
    return new $ZodRegistry();
}
(registries_a = globalThis).__zod_globalRegistry ?? (registries_a.__zod_globalRegistry = registry());
const globalRegistry = globalThis.__zod_globalRegistry;

;// CONCATENATED MODULE: ../../work/main/node_modules/zod/v4/core/api.js




function snapshotChecks(def) {
    if (def.checks)
        def.checks = [...def.checks];
    return def;
}
// @__NO_SIDE_EFFECTS__
function _string(Class, params) {
    return new Class(snapshotChecks({ type: "string", ...normalizeParams(params) }));
}
// @__NO_SIDE_EFFECTS__
function _coercedString(Class, params) {
    return new Class(snapshotChecks({ type: "string", coerce: true, ...util.normalizeParams(params) }));
}
// @__NO_SIDE_EFFECTS__
function _email(Class, params) {
    return new Class({
        type: "string",
        format: "email",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _guid(Class, params) {
    return new Class({
        type: "string",
        format: "guid",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _uuid(Class, params) {
    return new Class({
        type: "string",
        format: "uuid",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _uuidv4(Class, params) {
    return new Class({
        type: "string",
        format: "uuid",
        check: "string_format",
        abort: false,
        version: "v4",
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _uuidv6(Class, params) {
    return new Class({
        type: "string",
        format: "uuid",
        check: "string_format",
        abort: false,
        version: "v6",
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _uuidv7(Class, params) {
    return new Class({
        type: "string",
        format: "uuid",
        check: "string_format",
        abort: false,
        version: "v7",
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _url(Class, params) {
    return new Class({
        type: "string",
        format: "url",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function api_emoji(Class, params) {
    return new Class({
        type: "string",
        format: "emoji",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _nanoid(Class, params) {
    return new Class({
        type: "string",
        format: "nanoid",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
/**
 * @deprecated CUID v1 is deprecated by its authors due to information leakage
 * (timestamps embedded in the id). Use {@link _cuid2} instead.
 * See https://github.com/paralleldrive/cuid.
 */
// @__NO_SIDE_EFFECTS__
function _cuid(Class, params) {
    return new Class({
        type: "string",
        format: "cuid",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _cuid2(Class, params) {
    return new Class({
        type: "string",
        format: "cuid2",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _ulid(Class, params) {
    return new Class({
        type: "string",
        format: "ulid",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _xid(Class, params) {
    return new Class({
        type: "string",
        format: "xid",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _ksuid(Class, params) {
    return new Class({
        type: "string",
        format: "ksuid",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _ipv4(Class, params) {
    return new Class({
        type: "string",
        format: "ipv4",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _ipv6(Class, params) {
    return new Class({
        type: "string",
        format: "ipv6",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _mac(Class, params) {
    return new Class({
        type: "string",
        format: "mac",
        check: "string_format",
        abort: false,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _cidrv4(Class, params) {
    return new Class({
        type: "string",
        format: "cidrv4",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _cidrv6(Class, params) {
    return new Class({
        type: "string",
        format: "cidrv6",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _base64(Class, params) {
    return new Class({
        type: "string",
        format: "base64",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _base64url(Class, params) {
    return new Class({
        type: "string",
        format: "base64url",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _e164(Class, params) {
    return new Class({
        type: "string",
        format: "e164",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _creditCard(Class, params) {
    return new Class({
        type: "string",
        format: "credit_card",
        check: "string_format",
        abort: false,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _iban(Class, params) {
    return new Class({
        type: "string",
        format: "iban",
        check: "string_format",
        abort: false,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _jwt(Class, params) {
    return new Class({
        type: "string",
        format: "jwt",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
const TimePrecision = {
    Any: null,
    Minute: -1,
    Second: 0,
    Millisecond: 3,
    Microsecond: 6,
};
// @__NO_SIDE_EFFECTS__
function _isoDateTime(Class, params) {
    return new Class({
        type: "string",
        format: "datetime",
        check: "string_format",
        offset: false,
        local: false,
        precision: null,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _isoDate(Class, params) {
    return new Class({
        type: "string",
        format: "date",
        check: "string_format",
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _isoTime(Class, params) {
    return new Class({
        type: "string",
        format: "time",
        check: "string_format",
        precision: null,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _isoDuration(Class, params) {
    return new Class({
        type: "string",
        format: "duration",
        check: "string_format",
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _number(Class, params) {
    return new Class(snapshotChecks({ type: "number", checks: [], ...normalizeParams(params) }));
}
// @__NO_SIDE_EFFECTS__
function _coercedNumber(Class, params) {
    return new Class(snapshotChecks({ type: "number", coerce: true, checks: [], ...util.normalizeParams(params) }));
}
// @__NO_SIDE_EFFECTS__
function _int(Class, params) {
    return new Class({
        type: "number",
        check: "number_format",
        abort: false,
        format: "safeint",
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _float32(Class, params) {
    return new Class({
        type: "number",
        check: "number_format",
        abort: false,
        format: "float32",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _float64(Class, params) {
    return new Class({
        type: "number",
        check: "number_format",
        abort: false,
        format: "float64",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _int32(Class, params) {
    return new Class({
        type: "number",
        check: "number_format",
        abort: false,
        format: "int32",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _uint32(Class, params) {
    return new Class({
        type: "number",
        check: "number_format",
        abort: false,
        format: "uint32",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _boolean(Class, params) {
    return new Class({
        type: "boolean",
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _coercedBoolean(Class, params) {
    return new Class({
        type: "boolean",
        coerce: true,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _bigint(Class, params) {
    return new Class({
        type: "bigint",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _coercedBigint(Class, params) {
    return new Class({
        type: "bigint",
        coerce: true,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _int64(Class, params) {
    return new Class({
        type: "bigint",
        check: "bigint_format",
        abort: false,
        format: "int64",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _uint64(Class, params) {
    return new Class({
        type: "bigint",
        check: "bigint_format",
        abort: false,
        format: "uint64",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _symbol(Class, params) {
    return new Class({
        type: "symbol",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function api_undefined(Class, params) {
    return new Class({
        type: "undefined",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function api_null(Class, params) {
    return new Class({
        type: "null",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _any(Class) {
    return new Class({
        type: "any",
    });
}
// @__NO_SIDE_EFFECTS__
function _unknown(Class) {
    return new Class({
        type: "unknown",
    });
}
// @__NO_SIDE_EFFECTS__
function _never(Class, params) {
    return new Class({
        type: "never",
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _void(Class, params) {
    return new Class({
        type: "void",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _date(Class, params) {
    return new Class({
        type: "date",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _coercedDate(Class, params) {
    return new Class({
        type: "date",
        coerce: true,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _nan(Class, params) {
    return new Class({
        type: "nan",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _lt(value, params) {
    return new $ZodCheckLessThan({
        check: "less_than",
        ...normalizeParams(params),
        value,
        inclusive: false,
    });
}
// @__NO_SIDE_EFFECTS__
function _lte(value, params) {
    return new $ZodCheckLessThan({
        check: "less_than",
        ...normalizeParams(params),
        value,
        inclusive: true,
    });
}

// @__NO_SIDE_EFFECTS__
function _gt(value, params) {
    return new $ZodCheckGreaterThan({
        check: "greater_than",
        ...normalizeParams(params),
        value,
        inclusive: false,
    });
}
// @__NO_SIDE_EFFECTS__
function _gte(value, params) {
    return new $ZodCheckGreaterThan({
        check: "greater_than",
        ...normalizeParams(params),
        value,
        inclusive: true,
    });
}

// @__NO_SIDE_EFFECTS__
function _positive(params) {
    return _gt(0, params);
}
// negative
// @__NO_SIDE_EFFECTS__
function _negative(params) {
    return _lt(0, params);
}
// nonpositive
// @__NO_SIDE_EFFECTS__
function _nonpositive(params) {
    return _lte(0, params);
}
// nonnegative
// @__NO_SIDE_EFFECTS__
function _nonnegative(params) {
    return _gte(0, params);
}
// @__NO_SIDE_EFFECTS__
function _multipleOf(value, params) {
    return new $ZodCheckMultipleOf({
        check: "multiple_of",
        ...normalizeParams(params),
        value,
    });
}
// @__NO_SIDE_EFFECTS__
function _maxSize(maximum, params) {
    return new checks.$ZodCheckMaxSize({
        check: "max_size",
        ...util.normalizeParams(params),
        maximum,
    });
}
// @__NO_SIDE_EFFECTS__
function _minSize(minimum, params) {
    return new checks.$ZodCheckMinSize({
        check: "min_size",
        ...util.normalizeParams(params),
        minimum,
    });
}
// @__NO_SIDE_EFFECTS__
function _size(size, params) {
    return new checks.$ZodCheckSizeEquals({
        check: "size_equals",
        ...util.normalizeParams(params),
        size,
    });
}
// @__NO_SIDE_EFFECTS__
function _maxLength(maximum, params) {
    const ch = new $ZodCheckMaxLength({
        check: "max_length",
        ...normalizeParams(params),
        maximum,
    });
    return ch;
}
// @__NO_SIDE_EFFECTS__
function _minLength(minimum, params) {
    return new $ZodCheckMinLength({
        check: "min_length",
        ...normalizeParams(params),
        minimum,
    });
}
// @__NO_SIDE_EFFECTS__
function _length(length, params) {
    return new $ZodCheckLengthEquals({
        check: "length_equals",
        ...normalizeParams(params),
        length,
    });
}
// @__NO_SIDE_EFFECTS__
function _regex(pattern, params) {
    return new $ZodCheckRegex({
        check: "string_format",
        format: "regex",
        ...normalizeParams(params),
        pattern,
    });
}
// @__NO_SIDE_EFFECTS__
function _lowercase(params) {
    return new $ZodCheckLowerCase({
        check: "string_format",
        format: "lowercase",
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _uppercase(params) {
    return new $ZodCheckUpperCase({
        check: "string_format",
        format: "uppercase",
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _includes(includes, params) {
    return new $ZodCheckIncludes({
        check: "string_format",
        format: "includes",
        ...normalizeParams(params),
        includes,
    });
}
// @__NO_SIDE_EFFECTS__
function _startsWith(prefix, params) {
    return new $ZodCheckStartsWith({
        check: "string_format",
        format: "starts_with",
        ...normalizeParams(params),
        prefix,
    });
}
// @__NO_SIDE_EFFECTS__
function _endsWith(suffix, params) {
    return new $ZodCheckEndsWith({
        check: "string_format",
        format: "ends_with",
        ...normalizeParams(params),
        suffix,
    });
}
// @__NO_SIDE_EFFECTS__
function _property(property, schema, params) {
    return new checks.$ZodCheckProperty({
        check: "property",
        property,
        schema,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _properties(shape, params) {
    return new $ZodCheckProperties({
        check: "properties",
        shape,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _mime(types, params) {
    return new checks.$ZodCheckMimeType({
        check: "mime_type",
        mime: types,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _overwrite(tx) {
    return new $ZodCheckOverwrite({
        check: "overwrite",
        tx,
    });
}
// normalize
// @__NO_SIDE_EFFECTS__
function _normalize(form) {
    return _overwrite((input) => input.normalize(form));
}
// trim
// @__NO_SIDE_EFFECTS__
function _trim() {
    return _overwrite((input) => input.trim());
}
// toLowerCase
// @__NO_SIDE_EFFECTS__
function _toLowerCase() {
    return _overwrite((input) => input.toLowerCase());
}
// toUpperCase
// @__NO_SIDE_EFFECTS__
function _toUpperCase() {
    return _overwrite((input) => input.toUpperCase());
}
// slugify
// @__NO_SIDE_EFFECTS__
function _slugify() {
    return _overwrite((input) => slugify(input));
}
// @__NO_SIDE_EFFECTS__
function _array(Class, element, params) {
    return new Class({
        type: "array",
        element,
        // get element() {
        //   return element;
        // },
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _union(Class, options, params) {
    return new Class({
        type: "union",
        options,
        ...util.normalizeParams(params),
    });
}
function _xor(Class, options, params) {
    return new Class({
        type: "union",
        options,
        inclusive: false,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _discriminatedUnion(Class, discriminator, options, params) {
    return new Class({
        type: "union",
        options: options,
        discriminator,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _intersection(Class, left, right) {
    return new Class({
        type: "intersection",
        left,
        right,
    });
}
// export function _tuple(
//   Class: util.SchemaClass<schemas.$ZodTuple>,
//   items: [],
//   params?: string | $ZodTupleParams
// ): schemas.$ZodTuple<[], null>;
// @__NO_SIDE_EFFECTS__
function _tuple(Class, items, _paramsOrRest, _params) {
    const hasRest = _paramsOrRest instanceof schemas.$ZodType;
    const params = hasRest ? _params : _paramsOrRest;
    const rest = hasRest ? _paramsOrRest : null;
    return new Class({
        type: "tuple",
        items,
        rest,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _record(Class, keyType, valueType, params) {
    return new Class({
        type: "record",
        keyType,
        valueType,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _map(Class, keyType, valueType, params) {
    return new Class({
        type: "map",
        keyType,
        valueType,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _set(Class, valueType, params) {
    return new Class({
        type: "set",
        valueType,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _enum(Class, values, params) {
    const entries = Array.isArray(values) ? Object.fromEntries(values.map((v) => [v, v])) : values;
    // if (Array.isArray(values)) {
    //   for (const value of values) {
    //     entries[value] = value;
    //   }
    // } else {
    //   Object.assign(entries, values);
    // }
    // const entries: util.EnumLike = {};
    // for (const val of values) {
    //   entries[val] = val;
    // }
    return new Class({
        type: "enum",
        entries,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
/** @deprecated This API has been merged into `z.enum()`. Use `z.enum()` instead.
 *
 * ```ts
 * enum Colors { red, green, blue }
 * z.enum(Colors);
 * ```
 */
function _nativeEnum(Class, entries, params) {
    return new Class({
        type: "enum",
        entries,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _literal(Class, value, params) {
    return new Class({
        type: "literal",
        values: Array.isArray(value) ? value : [value],
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _file(Class, params) {
    return new Class({
        type: "file",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _transform(Class, fn) {
    return new Class({
        type: "transform",
        transform: fn,
    });
}
// @__NO_SIDE_EFFECTS__
function _optional(Class, innerType) {
    return new Class({
        type: "optional",
        innerType,
    });
}
// @__NO_SIDE_EFFECTS__
function _nullable(Class, innerType) {
    return new Class({
        type: "nullable",
        innerType,
    });
}
// @__NO_SIDE_EFFECTS__
function _default(Class, innerType, defaultValue) {
    return new Class({
        type: "default",
        innerType,
        get defaultValue() {
            return typeof defaultValue === "function" ? defaultValue() : util.shallowClone(defaultValue);
        },
    });
}
// @__NO_SIDE_EFFECTS__
function _nonoptional(Class, innerType, params) {
    return new Class({
        type: "nonoptional",
        innerType,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _success(Class, innerType) {
    return new Class({
        type: "success",
        innerType,
    });
}
// @__NO_SIDE_EFFECTS__
function _catch(Class, innerType, catchValue) {
    return new Class({
        type: "catch",
        innerType,
        catchValue: (typeof catchValue === "function" ? catchValue : util.constantCatch(catchValue)),
    });
}
// @__NO_SIDE_EFFECTS__
function _pipe(Class, in_, out) {
    return new Class({
        type: "pipe",
        in: in_,
        out,
    });
}
// @__NO_SIDE_EFFECTS__
function _readonly(Class, innerType) {
    return new Class({
        type: "readonly",
        innerType,
    });
}
// @__NO_SIDE_EFFECTS__
function _templateLiteral(Class, parts, params) {
    return new Class({
        type: "template_literal",
        parts,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _lazy(Class, getter) {
    return new Class({
        type: "lazy",
        getter,
    });
}
// @__NO_SIDE_EFFECTS__
function _promise(Class, innerType) {
    return new Class({
        type: "promise",
        innerType,
    });
}
// @__NO_SIDE_EFFECTS__
function _custom(Class, fn, _params) {
    const norm = util.normalizeParams(_params);
    norm.abort ?? (norm.abort = true); // default to abort:false
    const schema = new Class({
        type: "custom",
        check: "custom",
        fn: fn,
        ...norm,
    });
    return schema;
}
// same as _custom but defaults to abort:false
// @__NO_SIDE_EFFECTS__
function _refine(Class, fn, _params) {
    const schema = new Class({
        type: "custom",
        check: "custom",
        fn: fn,
        ...normalizeParams(_params),
    });
    return schema;
}
// @__NO_SIDE_EFFECTS__
function _superRefine(fn, params) {
    const ch = _check((payload) => {
        payload.addIssue = (issue) => {
            if (typeof issue === "string") {
                payload.issues.push(util_issue(issue, payload.value, ch._zod.def));
            }
            else {
                // for Zod 3 backwards compatibility
                const _issue = issue;
                if (_issue.fatal)
                    _issue.continue = false;
                _issue.code ?? (_issue.code = "custom");
                if (!("input" in _issue))
                    _issue.input = payload.value;
                _issue.inst ?? (_issue.inst = ch);
                _issue.continue ?? (_issue.continue = !ch._zod.def.abort); // abort is always undefined, so this is always true...
                payload.issues.push(util_issue(_issue));
            }
        };
        return fn(payload.value, payload);
    }, params);
    return ch;
}
// @__NO_SIDE_EFFECTS__
function _check(fn, params) {
    const ch = new $ZodCheck({
        check: "custom",
        ...normalizeParams(params),
    });
    ch._zod.check = fn;
    return ch;
}
// @__NO_SIDE_EFFECTS__
function describe(description) {
    const ch = new $ZodCheck({ check: "describe" });
    ch._zod.onattach = [
        (inst) => {
            const existing = globalRegistry.get(inst) ?? {};
            globalRegistry.add(inst, { ...existing, description });
        },
    ];
    ch._zod.check = () => { }; // no-op check
    return ch;
}
// @__NO_SIDE_EFFECTS__
function meta(metadata) {
    const ch = new $ZodCheck({ check: "meta" });
    ch._zod.onattach = [
        (inst) => {
            const existing = globalRegistry.get(inst) ?? {};
            globalRegistry.add(inst, { ...existing, ...metadata });
        },
    ];
    ch._zod.check = () => { }; // no-op check
    return ch;
}
// @__NO_SIDE_EFFECTS__
function _stringbool(Classes, _params) {
    const params = util.normalizeParams(_params);
    let truthyArray = params.truthy ?? ["true", "1", "yes", "on", "y", "enabled"];
    let falsyArray = params.falsy ?? ["false", "0", "no", "off", "n", "disabled"];
    if (params.case !== "sensitive") {
        truthyArray = truthyArray.map((v) => (typeof v === "string" ? v.toLowerCase() : v));
        falsyArray = falsyArray.map((v) => (typeof v === "string" ? v.toLowerCase() : v));
    }
    const truthySet = new Set(truthyArray);
    const falsySet = new Set(falsyArray);
    const _Codec = Classes.Codec ?? schemas.$ZodCodec;
    const _Boolean = Classes.Boolean ?? schemas.$ZodBoolean;
    const _String = Classes.String ?? schemas.$ZodString;
    const stringSchema = new _String({ type: "string", error: params.error });
    const booleanSchema = new _Boolean({ type: "boolean", error: params.error });
    const codec = new _Codec({
        type: "pipe",
        in: stringSchema,
        out: booleanSchema,
        transform: ((input, payload) => {
            let data = input;
            if (params.case !== "sensitive")
                data = data.toLowerCase();
            if (truthySet.has(data)) {
                return true;
            }
            else if (falsySet.has(data)) {
                return false;
            }
            else {
                payload.issues.push({
                    code: "invalid_value",
                    expected: "stringbool",
                    values: [...truthySet, ...falsySet],
                    input: payload.value,
                    inst: codec,
                    continue: false,
                });
                return {};
            }
        }),
        reverseTransform: ((input, _payload) => {
            if (input === true) {
                return truthyArray[0] || "true";
            }
            else {
                return falsyArray[0] || "false";
            }
        }),
        error: params.error,
    });
    codec._zod.bag.truthy = truthyArray;
    codec._zod.bag.falsy = falsyArray;
    codec._zod.bag.case = params.case ?? "insensitive";
    return codec;
}
// @__NO_SIDE_EFFECTS__
function _stringFormat(Class, format, fnOrRegex, _params = {}) {
    const params = util.normalizeParams(_params);
    const def = {
        check: "string_format",
        type: "string",
        format,
        fn: typeof fnOrRegex === "function" ? fnOrRegex : (val) => fnOrRegex.test(val),
        ...params,
    };
    if (fnOrRegex instanceof RegExp) {
        def.pattern = fnOrRegex;
    }
    const inst = new Class(def);
    return inst;
}

;// CONCATENATED MODULE: ../../work/main/node_modules/zod/v4/core/to-json-schema.js


function assignProps(target, ...sources) {
    for (const source of sources) {
        for (const key of Reflect.ownKeys(source)) {
            if (Object.prototype.propertyIsEnumerable.call(source, key)) {
                util_assignProp(target, key, source[key]);
            }
        }
    }
    return target;
}
// function initializeContext<T extends schemas.$ZodType>(inputs: JSONSchemaGeneratorParams<T>): ToJSONSchemaContext<T> {
//   return {
//     processor: inputs.processor,
//     metadataRegistry: inputs.metadata ?? globalRegistry,
//     target: inputs.target ?? "draft-2020-12",
//     unrepresentable: inputs.unrepresentable ?? "throw",
//   };
// }
function to_json_schema_initializeContext(params) {
    // Normalize target: convert old non-hyphenated versions to hyphenated versions
    let target = params?.target ?? "draft-2020-12";
    if (target === "draft-4")
        target = "draft-04";
    if (target === "draft-7")
        target = "draft-07";
    return {
        processors: params.processors ?? {},
        metadataRegistry: params?.metadata ?? globalRegistry,
        target,
        unrepresentable: params?.unrepresentable ?? "throw",
        override: params?.override ?? (() => { }),
        io: params?.io ?? "output",
        counter: 0,
        seen: new Map(),
        sharedDefsExtractedFor: undefined,
        sharedEmitDoneFor: undefined,
        cycles: params?.cycles ?? "ref",
        reused: params?.reused ?? "inline",
        intersections: [],
        deferred: [],
        external: params?.external ?? undefined,
    };
}
/**
 * Applies the `unrepresentable` setting at a site that has no JSON Schema equivalent. Throws
 * `message` unless the setting (or the handler's return value) says otherwise. Returns `true` if a
 * custom JSON Schema was written into `json`, in which case the caller must not write its own.
 */
function handleUnrepresentable(schema, ctx, json, params, message) {
    const result = typeof ctx.unrepresentable === "function"
        ? ctx.unrepresentable({ zodSchema: schema, path: params.path, message })
        : ctx.unrepresentable;
    if (result === "any")
        return false;
    if (result === undefined || result === "throw")
        throw new Error(message);
    Object.assign(json, result);
    return true;
}
// never rename this back to `process`: bundler polyfills inject a top-level `const process` that a lexical declaration of the same name collides with (#6397)
function to_json_schema_processSchema(schema, ctx, _params = { path: [], schemaPath: [] }) {
    var _a;
    const def = schema._zod.def;
    // check for schema in seens
    const seen = ctx.seen.get(schema);
    if (seen) {
        seen.count++;
        // check if cycle
        const isCycle = _params.schemaPath.includes(schema);
        if (isCycle) {
            seen.cycle = _params.path;
        }
        return seen.schema;
    }
    // initialize
    const result = { schema: {}, count: 1, cycle: undefined, path: _params.path };
    ctx.seen.set(schema, result);
    ctx.sharedDefsExtractedFor = undefined;
    ctx.sharedEmitDoneFor = undefined;
    // custom method overrides default behavior
    const overrideSchema = schema._zod.toJSONSchema?.();
    if (overrideSchema) {
        result.schema = overrideSchema;
    }
    else {
        const params = {
            ..._params,
            schemaPath: [..._params.schemaPath, schema],
            path: _params.path,
        };
        if (schema._zod.processJSONSchema) {
            schema._zod.processJSONSchema(ctx, result.schema, params);
        }
        else {
            const _json = result.schema;
            const processor = ctx.processors[def.type];
            if (!processor) {
                throw new Error(`[toJSONSchema]: Non-representable type encountered: ${def.type}`);
            }
            processor(schema, ctx, _json, params);
        }
        const parent = schema._zod.parent;
        if (parent) {
            // Also set ref if processor didn't (for inheritance)
            if (!result.ref)
                result.ref = parent;
            to_json_schema_processSchema(parent, ctx, params);
            ctx.seen.get(parent).isParent = true;
        }
    }
    // metadata
    const meta = ctx.metadataRegistry.get(schema);
    if (meta)
        assignProps(result.schema, meta);
    if (ctx.io === "input" && isTransforming(schema)) {
        // examples/defaults only apply to output type of pipe
        delete result.schema.examples;
        delete result.schema.default;
    }
    // set prefault as default
    if (ctx.io === "input" && "_prefault" in result.schema)
        (_a = result.schema).default ?? (_a.default = result.schema._prefault);
    delete result.schema._prefault;
    // pulling fresh from ctx.seen in case it was overwritten
    const _result = ctx.seen.get(schema);
    return _result.schema;
}
/** @deprecated Renamed to `processSchema`. An export alias declares no binding, so it is safe to keep. */

// Escape a reference token for use in a JSON Pointer fragment (RFC 6901): `~` becomes `~0` and `/` becomes `~1`. The `~` replacement must run first.
function encodeJSONPointerSegment(segment) {
    return segment.replace(/~/g, "~0").replace(/\//g, "~1");
}
function to_json_schema_extractDefs(ctx, schema
// params: EmitParams
) {
    // iterate over seen map;
    const root = ctx.seen.get(schema);
    if (!root)
        throw new Error("Unprocessed schema. This is a bug in Zod.");
    // With `external` set, every registered schema resolves through the external branch of `makeURI`, so the root branch below produces the same ref the external branch would — this pass is identical whichever schema it is called with, and only needs to run once.
    if (ctx.external && ctx.sharedDefsExtractedFor === ctx.external)
        return;
    // Track ids to detect duplicates across different schemas
    const idToSchema = new Map();
    for (const entry of ctx.seen.entries()) {
        const id = ctx.metadataRegistry.get(entry[0])?.id;
        if (id) {
            const existing = idToSchema.get(id);
            if (existing && existing !== entry[0]) {
                throw new Error(`Duplicate schema id "${id}" detected during JSON Schema conversion. Two different schemas cannot share the same id when converted together.`);
            }
            idToSchema.set(id, entry[0]);
        }
    }
    // returns a ref to the schema defId will be empty if the ref points to an external schema (or #)
    const makeURI = (entry) => {
        // comparing the seen objects because sometimes multiple schemas map to the same seen object. e.g. lazy
        // external is configured
        const defsSegment = ctx.target === "draft-2020-12" ? "$defs" : "definitions";
        if (ctx.external) {
            const externalId = ctx.external.registry.get(entry[0])?.id; // ?? "__shared";// `__schema${ctx.counter++}`;
            // check if schema is in the external registry
            const uriGenerator = ctx.external.uri ?? ((id) => id);
            if (externalId) {
                return { ref: uriGenerator(externalId) };
            }
            // otherwise, add to __shared
            const id = entry[1].defId ?? entry[1].schema.id ?? `schema${ctx.counter++}`;
            entry[1].defId = id; // set defId so it will be reused if needed
            return { defId: id, ref: `${uriGenerator("__shared")}#/${defsSegment}/${encodeJSONPointerSegment(id)}` };
        }
        const uriPrefix = `#`;
        const defUriPrefix = `${uriPrefix}/${defsSegment}/`;
        // an id-less root has nowhere to be extracted to, so it stays inline and self-references as `#`
        if (entry[1] === root && !entry[1].schema.id) {
            return { ref: uriPrefix };
        }
        // self-contained schema
        const defId = entry[1].schema.id ?? `__schema${ctx.counter++}`;
        return { defId, ref: defUriPrefix + encodeJSONPointerSegment(defId) };
    };
    // stored cached version in `def` property remove all properties, set $ref
    const extractToDef = (entry) => {
        // if the schema is already a reference, do not extract it
        if (entry[1].schema.$ref) {
            return;
        }
        const seen = entry[1];
        const { ref, defId } = makeURI(entry);
        seen.def = { ...seen.schema };
        // defId won't be set if the schema is a reference to an external schema or if the schema is the root schema
        if (defId)
            seen.defId = defId;
        // wipe away all properties except $ref
        const schema = seen.schema;
        for (const key in schema) {
            delete schema[key];
        }
        schema.$ref = ref;
    };
    // throw on cycles
    // break cycles
    if (ctx.cycles === "throw") {
        for (const entry of ctx.seen.entries()) {
            const seen = entry[1];
            if (seen.cycle) {
                throw new Error("Cycle detected: " +
                    `#/${seen.cycle?.join("/")}/<root>` +
                    '\n\nSet the `cycles` parameter to `"ref"` to resolve cyclical schemas with defs.');
            }
        }
    }
    // extract schemas into $defs
    for (const entry of ctx.seen.entries()) {
        const seen = entry[1];
        // convert root schema to # $ref
        if (schema === entry[0]) {
            extractToDef(entry); // this has special handling for the root schema
            continue;
        }
        // extract schemas that are in the external registry
        if (ctx.external) {
            const ext = ctx.external.registry.get(entry[0])?.id;
            if (schema !== entry[0] && ext) {
                extractToDef(entry);
                continue;
            }
        }
        // extract schemas with `id` meta
        const id = ctx.metadataRegistry.get(entry[0])?.id;
        if (id) {
            extractToDef(entry);
            continue;
        }
        // break cycles
        if (seen.cycle) {
            // any
            extractToDef(entry);
            continue;
        }
        // extract reused schemas
        if (seen.count > 1) {
            if (ctx.reused === "ref") {
                extractToDef(entry);
            }
        }
    }
    if (ctx.external)
        ctx.sharedDefsExtractedFor = ctx.external;
}
/** Rewrites `anyOf: [{type: "a"}, {type: "b"}]` to `type: ["a", "b"]`, which every JSON Schema draft treats as equivalent and most consumers render far better for the nullable case. Only branches that are a bare type assertion qualify — anything carrying a constraint, `$ref`, `const` or metadata is left alone. Runs after `flattenRef`, so a branch an override decorated or `$defs` extraction turned into a `$ref` is no longer bare and correctly stays in `anyOf`. `oneOf` is excluded: `integer` and `number` overlap, so "exactly one" and "at least one" are not the same there. OpenAPI 3.0 is excluded: its `type` must be a single string. */
function compactTypeUnion(schema) {
    const options = schema.anyOf;
    if (!Array.isArray(options) || options.length === 0 || schema.type !== undefined)
        return;
    const types = [];
    for (const option of options) {
        if (!option || typeof option !== "object")
            return;
        // A branch that is itself a compactible union folds into this one — nested `anyOf` and a flat `type` array say the same thing. Compacting it first also makes the result independent of the order this pass walks the seen map in.
        compactTypeUnion(option);
        const keys = Object.keys(option);
        if (keys.length !== 1 || keys[0] !== "type")
            return;
        const type = option.type;
        for (const member of Array.isArray(type) ? type : [type]) {
            if (typeof member !== "string")
                return;
            if (!types.includes(member))
                types.push(member);
        }
    }
    delete schema.anyOf;
    // A `type` array must be non-empty and unique (metaschema); a single member is spelled as a bare string.
    schema.type = types.length === 1 ? types[0] : types;
}
/** Keywords `foldIntersection` knows how to combine. Anything else — `$ref`, `patternProperties`,
 * an annotation like `description` — makes a member unfoldable, so a constraint this does not
 * understand leaves the `allOf` alone instead of being silently dropped or misattributed. */
const FOLDABLE_KEYS = new Set(["type", "properties", "required", "additionalProperties"]);
const UNION_KEYS = ["oneOf", "anyOf"];
/** A member's constraint on a key it does not declare itself. A `catchall` states one; `false`, an absent `additionalProperties`, and the empty schema a loose object emits state nothing. */
function undeclaredConstraint(member) {
    const extra = member.additionalProperties;
    if (extra === undefined || extra === false || typeof extra !== "object" || extra === null)
        return null;
    return Object.keys(extra).length ? extra : null;
}
/** Combines object members into the single object they describe together, or returns `null` if any of them carries a keyword outside {@link FOLDABLE_KEYS}. */
function foldObjects(members) {
    const objects = [];
    for (const member of members) {
        // A boolean subschema is legal JSON Schema and carries no keywords to fold.
        if (typeof member !== "object" || member.type !== "object")
            return null;
        for (const key in member) {
            if (!FOLDABLE_KEYS.has(key))
                return null;
        }
        objects.push(member);
    }
    const properties = {};
    const required = new Set();
    for (const object of objects) {
        for (const key in object.properties) {
            // `in` would report a `__proto__` key as already present via the prototype chain and skip it.
            if (Object.prototype.hasOwnProperty.call(properties, key))
                continue;
            // Every member constrains this key: the ones that declare it say how, and a `catchall` member constrains it too even though it does not name it. The key has to satisfy all of them, which is the same intersection one level down.
            const parts = [];
            for (const other of objects) {
                const part = other.properties?.[key] ?? undeclaredConstraint(other);
                if (part === null || part === undefined)
                    continue;
                if (!parts.some((seen) => JSON.stringify(seen) === JSON.stringify(part)))
                    parts.push(part);
            }
            const merged = parts.length === 1
                ? parts[0]
                : (foldObjects(parts) ?? { allOf: parts });
            util_assignProp(properties, key, merged);
        }
        for (const key of object.required ?? [])
            required.add(key);
    }
    const folded = { type: "object", properties };
    if (required.size)
        folded.required = [...required];
    // A key no member declares is rejected only when every member rejects it, so the fold is closed only when every member is. Otherwise it carries whatever the `catchall` members demand of such a key.
    if (objects.every((object) => object.additionalProperties === false)) {
        folded.additionalProperties = false;
    }
    else {
        const constraints = [];
        for (const object of objects) {
            const constraint = undeclaredConstraint(object);
            if (constraint && !constraints.some((seen) => JSON.stringify(seen) === JSON.stringify(constraint)))
                constraints.push(constraint);
        }
        if (constraints.length === 1)
            folded.additionalProperties = constraints[0];
        else if (constraints.length > 1)
            folded.additionalProperties = { allOf: constraints };
    }
    return folded;
}
/** `additionalProperties` in an `allOf` member sees only that member's own `properties`, so two
 * closed object members reject each other's keys and the schema validates nothing. Zod's parser
 * pools the key sets instead — `handleIntersectionResults` reports a key as unrecognized only when
 * *every* side rejects it — so the emitted schema has to pool them too, and folding the members
 * into one object is the encoding that says so on every target.
 *
 * This runs from `finalize`, after `extractDefs`, which is what keeps it clear of the `$ref`
 * machinery: a member extracted into `$defs` is already a `$ref` by now and declines to fold, so it
 * keeps its reference and its own closedness rather than being inlined as a stale copy. */
function foldIntersection(json) {
    const allOf = json.allOf;
    if (!Array.isArray(allOf) || allOf.length < 2)
        return;
    // An `override` runs before this pass and may have written object keywords onto the intersection itself. Those are deliberate, so decline rather than overwrite them.
    for (const key of FOLDABLE_KEYS)
        if (key in json)
            return;
    // An intersection distributes over a union: `A & (X | Y)` is `(A & X) | (A & Y)`. Only the first union is distributed over; a second one stays among the members every branch folds against, where it fails the object check and declines the whole intersection rather than multiplying out.
    const unions = allOf.filter((m) => UNION_KEYS.some((k) => Array.isArray(m[k])));
    let folded = null;
    if (!unions.length) {
        folded = foldObjects(allOf);
    }
    else {
        const union = unions[0];
        const keyword = UNION_KEYS.find((k) => Array.isArray(union[k]));
        if (Object.keys(union).length !== 1)
            return;
        const rest = allOf.filter((m) => m !== union);
        const branches = union[keyword].map((branch) => foldObjects([...rest, branch]));
        if (branches.some((b) => !b))
            return;
        folded = { [keyword]: branches };
    }
    if (!folded)
        return;
    delete json.allOf;
    assignProps(json, folded);
}
function to_json_schema_finalize(ctx, schema) {
    const root = ctx.seen.get(schema);
    if (!root)
        throw new Error("Unprocessed schema. This is a bug in Zod.");
    // flatten refs - inherit properties from parent schemas
    const flattenRef = (zodSchema) => {
        const seen = ctx.seen.get(zodSchema);
        // already processed
        if (seen.ref === null)
            return;
        const schema = seen.def ?? seen.schema;
        const _cached = { ...schema };
        const ref = seen.ref;
        seen.ref = null; // prevent infinite recursion
        if (ref) {
            flattenRef(ref);
            const refSeen = ctx.seen.get(ref);
            const refSchema = refSeen.schema;
            // merge referenced schema into current
            if (refSchema.$ref && (ctx.target === "draft-07" || ctx.target === "draft-04" || ctx.target === "openapi-3.0")) {
                // older drafts can't combine $ref with other properties
                schema.allOf = schema.allOf ?? [];
                schema.allOf.push(refSchema);
            }
            else {
                assignProps(schema, refSchema);
            }
            // restore child's own properties (child wins)
            assignProps(schema, _cached);
            const isParentRef = zodSchema._zod.parent === ref;
            // For parent chain, child is a refinement - remove parent-only properties
            if (isParentRef) {
                for (const key in schema) {
                    if (key === "$ref" || key === "allOf")
                        continue;
                    if (!(key in _cached)) {
                        delete schema[key];
                    }
                }
            }
            // When ref was extracted to $defs, remove properties that match the definition
            if (refSchema.$ref && refSeen.def) {
                for (const key in schema) {
                    if (key === "$ref" || key === "allOf")
                        continue;
                    if (key in refSeen.def && JSON.stringify(schema[key]) === JSON.stringify(refSeen.def[key])) {
                        delete schema[key];
                    }
                }
            }
        }
        // If parent was extracted (has $ref), propagate $ref to this schema. This handles cases like: readonly().meta({id}).describe() where processor sets ref to innerType but parent should be referenced
        const parent = zodSchema._zod.parent;
        if (parent && parent !== ref) {
            // Ensure parent is processed first so its def has inherited properties
            flattenRef(parent);
            const parentSeen = ctx.seen.get(parent);
            if (parentSeen?.schema.$ref) {
                schema.$ref = parentSeen.schema.$ref;
                // De-duplicate with parent's definition
                if (parentSeen.def) {
                    for (const key in schema) {
                        if (key === "$ref" || key === "allOf")
                            continue;
                        if (key in parentSeen.def && JSON.stringify(schema[key]) === JSON.stringify(parentSeen.def[key])) {
                            delete schema[key];
                        }
                    }
                }
            }
        }
        // execute overrides
        ctx.override({
            zodSchema: zodSchema,
            jsonSchema: schema,
            path: seen.path ?? [],
        });
    };
    // Flattening walks the whole map and clears each `ref` as it goes, so a second call over the same map is a no-op scan. Skip it outright once it has run for a registry conversion.
    if (!ctx.external || ctx.sharedEmitDoneFor !== ctx.external) {
        for (const entry of [...ctx.seen.entries()].reverse()) {
            flattenRef(entry[0]);
        }
        if (ctx.target !== "openapi-3.0") {
            for (const entry of ctx.seen.entries()) {
                compactTypeUnion(entry[1].def ?? entry[1].schema);
            }
        }
        for (const rewrite of ctx.deferred)
            rewrite();
        // After flattening, every member that was extracted is a `$ref`, so the fold sees the final shape. A schema that inherits an intersection — through `z.lazy`, or any `ref` chain — holds the same `allOf` array, so fold by array identity to catch every copy.
        if (ctx.intersections.length) {
            const carriers = new Map();
            for (const seen of ctx.seen.values()) {
                for (const json of [seen.schema, seen.def]) {
                    const allOf = json?.allOf;
                    if (!Array.isArray(allOf))
                        continue;
                    const existing = carriers.get(allOf);
                    if (existing)
                        existing.push(json);
                    else
                        carriers.set(allOf, [json]);
                }
            }
            for (const allOf of ctx.intersections) {
                for (const json of carriers.get(allOf) ?? [])
                    foldIntersection(json);
            }
        }
    }
    const result = {};
    if (ctx.target === "draft-2020-12") {
        result.$schema = "https://json-schema.org/draft/2020-12/schema";
    }
    else if (ctx.target === "draft-07") {
        result.$schema = "http://json-schema.org/draft-07/schema#";
    }
    else if (ctx.target === "draft-04") {
        result.$schema = "http://json-schema.org/draft-04/schema#";
    }
    else if (ctx.target === "openapi-3.0") {
        // OpenAPI 3.0 schema objects should not include a $schema property
    }
    else {
        // Arbitrary string values are allowed but won't have a $schema property set
    }
    if (ctx.external?.uri) {
        const id = ctx.external.registry.get(schema)?.id;
        if (!id)
            throw new Error("Schema is missing an `id` property");
        result.$id = ctx.external.uri(id);
    }
    // when the root was extracted into $defs, `root.schema` is the `$ref` wrapper and `root.def` is the body that now lives under $defs
    assignProps(result, root.defId ? root.schema : (root.def ?? root.schema));
    // The `id` in `.meta()` is a Zod-specific registration tag used to extract schemas into $defs — it is not user-facing JSON Schema metadata. Strip it from the output body where it would otherwise leak. The id is preserved implicitly via the $defs key (and via $ref paths).
    const rootMetaId = ctx.metadataRegistry.get(schema)?.id;
    if (rootMetaId !== undefined && result.id === rootMetaId)
        delete result.id;
    // build defs object. With `external`, `defs` is the shared object every schema writes into, so the same entries are reassigned on every call. Without it, `defs` is fresh per call and must be rebuilt.
    const defs = ctx.external?.defs ?? {};
    if (!ctx.external || ctx.sharedEmitDoneFor !== ctx.external) {
        for (const entry of ctx.seen.entries()) {
            const seen = entry[1];
            if (seen.def && seen.defId) {
                if (seen.def.id === seen.defId)
                    delete seen.def.id;
                util_assignProp(defs, seen.defId, seen.def);
            }
        }
    }
    if (ctx.external)
        ctx.sharedEmitDoneFor = ctx.external;
    // set definitions in result
    if (ctx.external) {
    }
    else {
        if (Object.keys(defs).length > 0) {
            if (ctx.target === "draft-2020-12") {
                result.$defs = defs;
            }
            else {
                result.definitions = defs;
            }
        }
    }
    try {
        // this "finalizes" this schema and ensures all cycles are removed each call to finalize() is functionally independent though the seen map is shared
        const finalized = JSON.parse(JSON.stringify(result));
        Object.defineProperty(finalized, "~standard", {
            value: {
                ...schema["~standard"],
                jsonSchema: {
                    input: createStandardJSONSchemaMethod(schema, "input", ctx.processors),
                    output: createStandardJSONSchemaMethod(schema, "output", ctx.processors),
                },
            },
            enumerable: false,
            writable: false,
        });
        return finalized;
    }
    catch (_err) {
        throw new Error("Error converting schema to JSON.");
    }
}
function isTransforming(_schema, _ctx) {
    const ctx = _ctx ?? { seen: new Set() };
    if (ctx.seen.has(_schema))
        return false;
    ctx.seen.add(_schema);
    const def = _schema._zod.def;
    if (def.type === "transform")
        return true;
    if (def.type === "array")
        return isTransforming(def.element, ctx);
    if (def.type === "set")
        return isTransforming(def.valueType, ctx);
    if (def.type === "lazy")
        return isTransforming(def.getter(), ctx);
    if (def.type === "promise" ||
        def.type === "optional" ||
        def.type === "nonoptional" ||
        def.type === "nullable" ||
        def.type === "readonly" ||
        def.type === "default" ||
        def.type === "prefault" ||
        def.type === "catch") {
        return isTransforming(def.innerType, ctx);
    }
    if (def.type === "intersection") {
        return isTransforming(def.left, ctx) || isTransforming(def.right, ctx);
    }
    if (def.type === "record" || def.type === "map") {
        return isTransforming(def.keyType, ctx) || isTransforming(def.valueType, ctx);
    }
    if (def.type === "pipe") {
        if (_schema._zod.traits.has("$ZodCodec"))
            return true;
        return isTransforming(def.in, ctx) || isTransforming(def.out, ctx);
    }
    if (def.type === "object") {
        for (const key in def.shape) {
            if (isTransforming(def.shape[key], ctx))
                return true;
        }
        return false;
    }
    if (def.type === "union") {
        for (const option of def.options) {
            if (isTransforming(option, ctx))
                return true;
        }
        return false;
    }
    if (def.type === "tuple") {
        for (const item of def.items) {
            if (isTransforming(item, ctx))
                return true;
        }
        if (def.rest && isTransforming(def.rest, ctx))
            return true;
        return false;
    }
    return false;
}
/**
 * Creates a toJSONSchema method for a schema instance.
 * This encapsulates the logic of initializing context, processing, extracting defs, and finalizing.
 */
const createToJSONSchemaMethod = (schema, processors = {}) => (params) => {
    const ctx = to_json_schema_initializeContext({ ...params, processors });
    to_json_schema_processSchema(schema, ctx);
    to_json_schema_extractDefs(ctx, schema);
    return to_json_schema_finalize(ctx, schema);
};
const createStandardJSONSchemaMethod = (schema, io, processors = {}) => (params) => {
    const { libraryOptions, target } = params ?? {};
    const ctx = to_json_schema_initializeContext({ ...(libraryOptions ?? {}), target, io, processors });
    to_json_schema_processSchema(schema, ctx);
    to_json_schema_extractDefs(ctx, schema);
    return to_json_schema_finalize(ctx, schema);
};

;// CONCATENATED MODULE: ../../work/main/node_modules/zod/v4/core/json-schema-processors.js




const narrowMin = (agg, key, value) => {
    if (agg[key] === undefined || value > agg[key])
        agg[key] = value;
};
const narrowMax = (agg, key, value) => {
    if (agg[key] === undefined || value < agg[key])
        agg[key] = value;
};
const narrowBoth = (agg, value) => {
    narrowMin(agg, "minimum", value);
    narrowMax(agg, "maximum", value);
};
const addDivisor = (agg, value) => {
    agg.multipleOf ?? (agg.multipleOf = []);
    if (!agg.multipleOf.includes(value))
        agg.multipleOf.push(value);
};
const addPattern = (agg, pattern) => {
    agg.patterns ?? (agg.patterns = new Set());
    agg.patterns.add(pattern);
};
const intersectMime = (agg, mime) => {
    agg.mime = agg.mime ? agg.mime.filter((m) => mime.includes(m)) : [...mime];
};
// last-wins, matching the bag's historical write order; the flag keeps an integer format from being lost to a later float one
const setFormat = (agg, format) => {
    agg.format = format;
    if (format.includes("int"))
        agg.isInt = true;
};
const minContributor = (agg, def) => narrowMin(agg, "minimum", def.minimum);
const maxContributor = (agg, def) => narrowMax(agg, "maximum", def.maximum);
const formatContributor = (ranges) => (agg, def) => {
    setFormat(agg, def.format);
    const [minimum, maximum] = ranges[def.format];
    narrowMin(agg, "minimum", minimum);
    narrowMax(agg, "maximum", maximum);
};
const contributors = {
    greater_than: (agg, def) => narrowMin(agg, def.inclusive ? "minimum" : "exclusiveMinimum", def.value),
    less_than: (agg, def) => narrowMax(agg, def.inclusive ? "maximum" : "exclusiveMaximum", def.value),
    multiple_of: (agg, def) => addDivisor(agg, def.value),
    number_format: formatContributor(NUMBER_FORMAT_RANGES),
    bigint_format: formatContributor(BIGINT_FORMAT_RANGES),
    min_length: minContributor,
    max_length: maxContributor,
    length_equals: (agg, def) => narrowBoth(agg, def.length),
    min_size: minContributor,
    max_size: maxContributor,
    size_equals: (agg, def) => narrowBoth(agg, def.size),
    string_format: (agg, def) => {
        setFormat(agg, def.format);
        if (def.pattern)
            addPattern(agg, def.pattern);
        if (def.format === "base64" || def.format === "base64url")
            agg.contentEncoding = def.format;
        if (def.local || def.precision === -1)
            agg.laxFormat = true;
    },
    mime_type: (agg, def) => intersectMime(agg, def.mime),
};
function aggregateChecks(schema) {
    const agg = {};
    const def = schema._zod.def;
    // a format schema is its own first check, same rule as $ZodType init
    const list = schema._zod.traits.has("$ZodCheck")
        ? [schema, ...(def.checks ?? [])]
        : (def.checks ?? []);
    for (const ch of list)
        contributors[ch._zod.def.check]?.(agg, ch._zod.def);
    // reconcile with the bag so third-party onattach contributions still land; first-party residue is never tighter than the fold, so merging it back is idempotent for one and additive for the other
    const bag = schema._zod.bag;
    if (bag.minimum !== undefined)
        narrowMin(agg, "minimum", bag.minimum);
    if (bag.exclusiveMinimum !== undefined)
        narrowMin(agg, "exclusiveMinimum", bag.exclusiveMinimum);
    if (bag.maximum !== undefined)
        narrowMax(agg, "maximum", bag.maximum);
    if (bag.exclusiveMaximum !== undefined)
        narrowMax(agg, "exclusiveMaximum", bag.exclusiveMaximum);
    if (bag.multipleOf !== undefined)
        addDivisor(agg, bag.multipleOf);
    if (bag.format !== undefined) {
        agg.format ?? (agg.format = bag.format);
        if (bag.format.includes("int"))
            agg.isInt = true;
    }
    if (bag.mime)
        intersectMime(agg, bag.mime);
    for (const pattern of bag.patterns ?? [])
        addPattern(agg, pattern);
    return agg;
}
const formatMap = {
    guid: "uuid",
    url: "uri",
    datetime: "date-time",
    json_string: "json-string",
    regex: "", // do not set
};
// ==================== SIMPLE TYPE PROCESSORS ====================
// the runtime patterns are lax so parse paths never overflow the regex stack; the emitted schema swaps in the exact block forms, which zod itself never executes
const exactPatterns = new Map([
    [base64Charset, base64],
    [base64urlCharset, base64url],
]);
const exactPattern = (p) => exactPatterns.get(p) ?? p;
const stringProcessor = (schema, ctx, _json, _params) => {
    const json = _json;
    json.type = "string";
    const { minimum, maximum, format, patterns, contentEncoding, laxFormat } = aggregateChecks(schema);
    if (typeof minimum === "number")
        json.minLength = minimum;
    if (typeof maximum === "number")
        json.maxLength = maximum;
    // custom pattern overrides format
    if (format) {
        json.format = formatMap[format] ?? format;
        if (json.format === "")
            delete json.format; // empty format is not valid
        // `z.iso.time()` is never full-time, and `laxFormat` carries the datetime shapes that also accept what their keyword forbids
        if (format === "time" || laxFormat) {
            delete json.format;
        }
    }
    if (contentEncoding)
        json.contentEncoding = contentEncoding;
    if (patterns && patterns.size > 0) {
        const patternList = [...patterns].map(exactPattern);
        if (patternList.length === 1)
            json.pattern = patternList[0].source;
        else if (patternList.length > 1) {
            json.allOf = [
                ...patternList.map((regex) => ({
                    ...(ctx.target === "draft-07" || ctx.target === "draft-04" || ctx.target === "openapi-3.0"
                        ? { type: "string" }
                        : {}),
                    pattern: regex.source,
                })),
            ];
        }
    }
};
const numberProcessor = (schema, ctx, _json, params) => {
    const json = _json;
    const { minimum, maximum, multipleOf, exclusiveMaximum, exclusiveMinimum, isInt } = aggregateChecks(schema);
    json.type = isInt ? "integer" : "number";
    // when both minimum and exclusiveMinimum exist, pick the more restrictive one
    const exMin = typeof exclusiveMinimum === "number" && exclusiveMinimum >= (minimum ?? Number.NEGATIVE_INFINITY);
    const exMax = typeof exclusiveMaximum === "number" && exclusiveMaximum <= (maximum ?? Number.POSITIVE_INFINITY);
    const legacy = ctx.target === "draft-04" || ctx.target === "openapi-3.0";
    if (exMin) {
        if (legacy) {
            json.minimum = exclusiveMinimum;
            json.exclusiveMinimum = true;
        }
        else {
            json.exclusiveMinimum = exclusiveMinimum;
        }
    }
    else if (typeof minimum === "number") {
        json.minimum = minimum;
    }
    if (exMax) {
        if (legacy) {
            json.maximum = exclusiveMaximum;
            json.exclusiveMaximum = true;
        }
        else {
            json.exclusiveMaximum = exclusiveMaximum;
        }
    }
    else if (typeof maximum === "number") {
        json.maximum = maximum;
    }
    if (multipleOf) {
        // JSON Schema requires a divisor strictly greater than zero, and a non-finite one does not survive JSON at all. A negative divisor accepts exactly what its absolute value accepts, so it still maps; zero, NaN and Infinity have no keyword form.
        const divisors = new Set();
        for (const divisor of multipleOf) {
            if (Number.isFinite(divisor) && divisor !== 0)
                divisors.add(Math.abs(divisor));
            else
                handleUnrepresentable(schema, ctx, json, params, `A multipleOf divisor of ${divisor} cannot be represented in JSON Schema`);
        }
        // chained divisors are a conjunction the keyword cannot carry alone, so extras ride an allOf, same as stacked patterns
        const [first, ...rest] = divisors;
        if (first !== undefined)
            json.multipleOf = first;
        if (rest.length)
            json.allOf = [...(json.allOf ?? []), ...rest.map((m) => ({ multipleOf: m }))];
    }
};
const booleanProcessor = (_schema, _ctx, json, _params) => {
    json.type = "boolean";
};
const bigintProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "BigInt cannot be represented in JSON Schema");
};
const symbolProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "Symbols cannot be represented in JSON Schema");
};
const nullProcessor = (_schema, ctx, json, _params) => {
    if (ctx.target === "openapi-3.0") {
        json.type = "string";
        json.nullable = true;
        json.enum = [null];
    }
    else {
        json.type = "null";
    }
};
const undefinedProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "Undefined cannot be represented in JSON Schema");
};
const voidProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "Void cannot be represented in JSON Schema");
};
const neverProcessor = (_schema, _ctx, json, _params) => {
    json.not = {};
};
const anyProcessor = (_schema, _ctx, _json, _params) => {
    // empty schema accepts anything
};
const unknownProcessor = (_schema, _ctx, _json, _params) => {
    // empty schema accepts anything
};
const dateProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "Date cannot be represented in JSON Schema");
};
const enumProcessor = (schema, _ctx, json, _params) => {
    const def = schema._zod.def;
    const values = getEnumValues(def.entries);
    // an empty enum accepts nothing, same as z.never()
    if (values.length === 0) {
        json.not = {};
        return;
    }
    // Number enums can have both string and number values
    if (values.every((v) => typeof v === "number"))
        json.type = "number";
    if (values.every((v) => typeof v === "string"))
        json.type = "string";
    json.enum = values;
};
const literalProcessor = (schema, ctx, json, params) => {
    const def = schema._zod.def;
    // a literal with no values accepts nothing, same as z.never()
    if (def.values.length === 0) {
        json.not = {};
        return;
    }
    const vals = [];
    for (const val of def.values) {
        if (val === undefined) {
            // a custom schema replaces the whole literal, so there is nothing left to accumulate
            if (handleUnrepresentable(schema, ctx, json, params, "Literal `undefined` cannot be represented in JSON Schema"))
                return;
            // otherwise do not add to vals
        }
        else if (typeof val === "bigint") {
            if (handleUnrepresentable(schema, ctx, json, params, "BigInt literals cannot be represented in JSON Schema"))
                return;
            vals.push(Number(val));
        }
        else {
            vals.push(val);
        }
    }
    if (vals.length === 0) {
        // do nothing (an undefined literal was stripped)
    }
    else if (vals.length === 1) {
        const val = vals[0];
        json.type = val === null ? "null" : typeof val;
        if (ctx.target === "draft-04" || ctx.target === "openapi-3.0") {
            json.enum = [val];
        }
        else {
            json.const = val;
        }
    }
    else {
        if (vals.every((v) => typeof v === "number"))
            json.type = "number";
        if (vals.every((v) => typeof v === "string"))
            json.type = "string";
        if (vals.every((v) => typeof v === "boolean"))
            json.type = "boolean";
        if (vals.every((v) => v === null))
            json.type = "null";
        json.enum = vals;
    }
};
const nanProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "NaN cannot be represented in JSON Schema");
};
const templateLiteralProcessor = (schema, _ctx, json, _params) => {
    const _json = json;
    const pattern = schema._zod.pattern;
    if (!pattern)
        throw new Error("Pattern not found in template literal");
    _json.type = "string";
    _json.pattern = pattern.source;
};
const fileProcessor = (schema, _ctx, json, _params) => {
    const _json = json;
    _json.type = "string";
    _json.format = "binary";
    _json.contentEncoding = "binary";
    const { minimum, maximum, mime } = aggregateChecks(schema);
    if (minimum !== undefined)
        _json.minLength = minimum;
    if (maximum !== undefined)
        _json.maxLength = maximum;
    if (!mime)
        return;
    // an empty intersection means the mime checks share no value, so nothing passes at runtime; `anyOf` must be non-empty, so the false schema is `not: {}`
    if (mime.length === 0)
        _json.not = {};
    else if (mime.length === 1)
        _json.contentMediaType = mime[0];
    // only contentMediaType differs, so the shared props stay at the root
    else
        _json.anyOf = mime.map((m) => ({ contentMediaType: m }));
};
const successProcessor = (_schema, _ctx, json, _params) => {
    json.type = "boolean";
};
const customProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "Custom types cannot be represented in JSON Schema");
};
const functionProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "Function types cannot be represented in JSON Schema");
};
const transformProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "Transforms cannot be represented in JSON Schema");
};
const mapProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "Map cannot be represented in JSON Schema");
};
const setProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "Set cannot be represented in JSON Schema");
};
// ==================== COMPOSITE TYPE PROCESSORS ====================
const arrayProcessor = (schema, ctx, _json, params) => {
    const json = _json;
    const def = schema._zod.def;
    const { minimum, maximum } = aggregateChecks(schema);
    if (typeof minimum === "number")
        json.minItems = minimum;
    if (typeof maximum === "number")
        json.maxItems = maximum;
    json.type = "array";
    json.items = to_json_schema_processSchema(def.element, ctx, {
        ...params,
        path: [...params.path, "items"],
    });
};
// Transform and catch set `optin = "optional"` at runtime so the parser lets them observe an
// absent key, but their declared input type stays required. An input JSON Schema describes the
// declared type, so resolve past them to the schema that actually carries the optionality.
// Used by both `objectProcessor` (for `required`) and `tupleProcessor` (for `minItems`); see
// wiki/optionality.md, "The JSON Schema emitter reads the *static* value".
function inputOptin(schema) {
    const def = schema._zod.def;
    if (def.type === "pipe" && def.in._zod.traits.has("$ZodTransform")) {
        return inputOptin(def.out);
    }
    if (def.type === "catch") {
        return inputOptin(def.innerType);
    }
    return schema._zod.optin;
}
const objectProcessor = (schema, ctx, _json, params) => {
    const json = _json;
    const def = schema._zod.def;
    const shape = def.shape;
    // dropping it while still emitting `additionalProperties: false` would emit a schema that rejects data this one requires
    const symbolKeys = Object.getOwnPropertySymbols(shape);
    if (symbolKeys.length &&
        handleUnrepresentable(schema, ctx, json, params, "Symbol keys cannot be represented in JSON Schema")) {
        return;
    }
    json.type = "object";
    json.properties = {};
    for (const key in shape) {
        // assignProp so a __proto__ key becomes an own property instead of hitting the inherited setter on the plain {} we build into
        util_assignProp(json.properties, key, to_json_schema_processSchema(shape[key], ctx, {
            ...params,
            path: [...params.path, "properties", key],
        }));
    }
    // required keys
    const requiredKeys = [];
    for (const key of Object.keys(shape)) {
        const field = def.shape[key];
        if (ctx.io === "input" ? inputOptin(field) === undefined : field._zod.optout === undefined) {
            requiredKeys.push(key);
        }
    }
    if (requiredKeys.length > 0) {
        json.required = requiredKeys;
    }
    // catchall
    if (def.catchall?._zod.def.type === "never") {
        // strict
        json.additionalProperties = false;
    }
    else if (!def.catchall) {
        // regular
        if (ctx.io === "output")
            json.additionalProperties = false;
    }
    else if (def.catchall) {
        json.additionalProperties = to_json_schema_processSchema(def.catchall, ctx, {
            ...params,
            path: [...params.path, "additionalProperties"],
        });
    }
};
const unionProcessor = (schema, ctx, json, params) => {
    const def = schema._zod.def;
    // Exclusive unions (inclusive === false) use oneOf (exactly one match) instead of anyOf (one or more matches). This includes both z.xor() and discriminated unions
    const isExclusive = def.inclusive === false;
    const options = def.options.map((x, i) => to_json_schema_processSchema(x, ctx, {
        ...params,
        path: [...params.path, isExclusive ? "oneOf" : "anyOf", i],
    }));
    if (isExclusive) {
        json.oneOf = options;
    }
    else {
        json.anyOf = options;
    }
};
const intersectionProcessor = (schema, ctx, json, params) => {
    const def = schema._zod.def;
    const a = to_json_schema_processSchema(def.left, ctx, {
        ...params,
        path: [...params.path, "allOf", 0],
    });
    const b = to_json_schema_processSchema(def.right, ctx, {
        ...params,
        path: [...params.path, "allOf", 1],
    });
    const isSimpleIntersection = (val) => "allOf" in val && Object.keys(val).length === 1;
    const allOf = [
        ...(isSimpleIntersection(a) ? a.allOf : [a]),
        ...(isSimpleIntersection(b) ? b.allOf : [b]),
    ];
    json.allOf = allOf;
    // Recorded innermost first, so a nested intersection has already folded by the time this one is considered. The array is the handle rather than the schema, because a wrapper that inherits this schema shares the same array; `finalize` folds every object holding it. See `foldIntersection`.
    ctx.intersections.push(allOf);
};
const tupleProcessor = (schema, ctx, _json, params) => {
    const json = _json;
    const def = schema._zod.def;
    json.type = "array";
    const prefixPath = ctx.target === "draft-2020-12" ? "prefixItems" : "items";
    const restPath = ctx.target === "draft-2020-12" ? "items" : ctx.target === "openapi-3.0" ? "items" : "additionalItems";
    const prefixItems = def.items.map((x, i) => to_json_schema_processSchema(x, ctx, {
        ...params,
        path: [...params.path, prefixPath, i],
    }));
    const rest = def.rest
        ? to_json_schema_processSchema(def.rest, ctx, {
            ...params,
            path: [...params.path, restPath, ...(ctx.target === "openapi-3.0" ? [def.items.length] : [])],
        })
        : null;
    let minItems = def.items.length;
    while (minItems > 0) {
        const item = def.items[minItems - 1];
        const optional = ctx.io === "input" ? inputOptin(item) !== undefined : item._zod.optout === "optional";
        if (!optional)
            break;
        minItems--;
    }
    const maxItems = def.items.length;
    const isClosed = !def.rest;
    if (ctx.target === "draft-2020-12") {
        json.prefixItems = prefixItems;
        if (isClosed) {
            json.items = false;
        }
        else if (rest) {
            json.items = rest;
        }
        if (minItems > 0)
            json.minItems = minItems;
        if (isClosed)
            json.maxItems = maxItems;
    }
    else if (ctx.target === "openapi-3.0") {
        json.items = {
            anyOf: prefixItems,
        };
        if (rest) {
            json.items.anyOf.push(rest);
        }
        if (minItems > 0)
            json.minItems = minItems;
        if (isClosed)
            json.maxItems = maxItems;
    }
    else {
        json.items = prefixItems;
        if (isClosed) {
            json.additionalItems = false;
        }
        else if (rest) {
            json.additionalItems = rest;
        }
        if (minItems > 0)
            json.minItems = minItems;
        if (isClosed)
            json.maxItems = maxItems;
    }
    // explicit user-defined length checks take precedence
    const { minimum, maximum } = aggregateChecks(schema);
    if (typeof minimum === "number")
        json.minItems = minimum;
    if (typeof maximum === "number")
        json.maxItems = maximum;
};
/** JSON object keys are always strings, so a numeric record key schema is re-expressed over the
 * numeric-string form the record parser matches. Deferred to `finalize`, after the flatten: a key
 * behind a wrapper only carries its own `type` before then, and a union key only has its branches.
 *
 * A numeric bound cannot apply to a property name, so `minimum` and its siblings are dropped rather
 * than carried over: keeping them beside `type: "string"` reproduces the match-nothing schema this
 * exists to fix. A key that carries one therefore emits wider than the record parses — `z.record(z.number().min(5), V)`
 * accepts `"3"` — which is the deliberate trade, since throwing on it would reject an ordinary schema
 * outright. */
function stringifyKeyNames(bySchema, json, visited) {
    // an extracted key that rewrites cannot go on sharing its definition — the string form a key position needs is not the number form every other reference wants — so it inlines. One that does not rewrite keeps the `$ref`.
    if (json.$ref) {
        // a recursive key holds its own reference inside its definition, so a node already on the path is left alone rather than resolved again
        if (visited.has(json))
            return json;
        visited.add(json);
        const def = bySchema.get(json)?.def;
        if (!def)
            return json;
        const inlined = stringifyKeyNames(bySchema, def, visited);
        return inlined === def ? json : inlined;
    }
    for (const keyword of ["anyOf", "oneOf"]) {
        const branches = json[keyword];
        if (!Array.isArray(branches))
            continue;
        const mapped = branches.map((branch) => stringifyKeyNames(bySchema, branch, visited));
        // rebuilding regardless would detach a key that had nothing to re-express, dropping its `$ref` and leaking the internal `id`
        if (mapped.some((branch, i) => branch !== branches[i]))
            json = { ...json, [keyword]: mapped };
    }
    // a member that already admits a string leaves the key unconstrained, so the node's own type re-expresses only when every member is numeric
    const types = Array.isArray(json.type) ? json.type : [json.type];
    const numericType = !types.includes("string") && types.some((t) => t === "number" || t === "integer");
    // a heterogeneous key carries no type at all, so its numeric members are caught here instead
    const values = json.enum ?? (json.const !== undefined ? [json.const] : undefined);
    if (!numericType && !values?.some((v) => typeof v === "number"))
        return json;
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, format, id, ...rest } = json;
    if (rest.enum)
        rest.enum = rest.enum.map((v) => (typeof v === "number" ? String(v) : v));
    else if (typeof rest.const === "number")
        rest.const = String(rest.const);
    // a heterogeneous key keeps its absent type: the stringified members already say what a key may be
    if (!numericType)
        return rest;
    rest.type = "string";
    if (!values)
        rest.pattern = (types.includes("number") ? number : integer).source;
    return rest;
}
/** Every record of one conversion, so the carriers are found in a single pass rather than once per record. */
const pendingRecords = new WeakMap();
function rewriteKeyNames(ctx) {
    // an extracted key is resolved by the object `extractToDef` left in its place, so the map is built once rather than searched per reference. `_zod.toJSONSchema` can hand the same object to two schemas, so the first entry carrying a body wins, as a search would have found it.
    const bySchema = new Map();
    for (const entry of ctx.seen.values()) {
        if (entry.def && !bySchema.has(entry.schema))
            bySchema.set(entry.schema, entry);
    }
    const rewrites = new Map();
    for (const record of pendingRecords.get(ctx) ?? []) {
        const seen = ctx.seen.get(record);
        const names = (seen?.def ?? seen?.schema)?.propertyNames;
        if (!names || names === true || rewrites.has(names))
            continue;
        const rewritten = stringifyKeyNames(bySchema, names, new Set());
        if (rewritten !== names)
            rewrites.set(names, rewritten);
    }
    if (!rewrites.size)
        return;
    // the flatten has already copied each record's own properties onto every wrapper by reference, and an extracted body is another such copy, so every carrier holding a rewritten key is updated together
    for (const entry of ctx.seen.values()) {
        for (const carrier of [entry.schema, entry.def]) {
            const rewritten = carrier && rewrites.get(carrier.propertyNames);
            if (rewritten)
                carrier.propertyNames = rewritten;
        }
    }
}
const recordProcessor = (schema, ctx, _json, params) => {
    const json = _json;
    const def = schema._zod.def;
    json.type = "object";
    // For looseRecord with regex patterns, use patternProperties. This correctly represents "only validate keys matching the pattern" semantics and composes well with allOf (intersections)
    const keyType = def.keyType;
    const patterns = aggregateChecks(keyType).patterns;
    if (def.mode === "loose" && patterns && patterns.size > 0) {
        // Use patternProperties for looseRecord with regex patterns
        const valueSchema = to_json_schema_processSchema(def.valueType, ctx, {
            ...params,
            path: [...params.path, "patternProperties", "*"],
        });
        json.patternProperties = {};
        for (const pattern of patterns) {
            util_assignProp(json.patternProperties, exactPattern(pattern).source, valueSchema);
        }
    }
    else {
        // Default behavior: use propertyNames + additionalProperties
        if (ctx.target === "draft-07" || ctx.target === "draft-2020-12") {
            json.propertyNames = to_json_schema_processSchema(def.keyType, ctx, {
                ...params,
                path: [...params.path, "propertyNames"],
            });
            let pending = pendingRecords.get(ctx);
            if (!pending) {
                pending = [];
                pendingRecords.set(ctx, pending);
                ctx.deferred.push(() => rewriteKeyNames(ctx));
            }
            pending.push(schema);
        }
        json.additionalProperties = to_json_schema_processSchema(def.valueType, ctx, {
            ...params,
            path: [...params.path, "additionalProperties"],
        });
    }
    // Add required for keys with discrete values (enum, literal, etc.)
    const keyValues = keyType._zod.values;
    // Every key shares one value schema, so an optional-in value makes the whole key set omittable on input. Output keeps them: the exhaustive branch assigns every key, even one whose value came back undefined.
    const omittableOnInput = ctx.io === "input" && inputOptin(def.valueType) !== undefined;
    if (keyValues && !def.partial && !omittableOnInput) {
        const validKeyValues = [...keyValues].filter((v) => typeof v === "string" || typeof v === "number");
        if (validKeyValues.length > 0) {
            json.required = validKeyValues.map(String);
        }
    }
};
const nullableProcessor = (schema, ctx, json, params) => {
    const def = schema._zod.def;
    const inner = to_json_schema_processSchema(def.innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    if (ctx.target === "openapi-3.0") {
        seen.ref = def.innerType;
        json.nullable = true;
    }
    else {
        json.anyOf = [inner, { type: "null" }];
    }
};
const nonoptionalProcessor = (schema, ctx, _json, params) => {
    const def = schema._zod.def;
    to_json_schema_processSchema(def.innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    seen.ref = def.innerType;
};
/** Round-trips a default value through JSON so the emitted schema is guaranteed to be valid JSON.
 * A BigInt has no reliable encoding, so it goes through `unrepresentable` like any other
 * unrepresentable value. Returns a sentinel when the caller must not write a default of its own. */
const UNREPRESENTABLE_DEFAULT = Symbol();
function serializeDefaultValue(value, schema, ctx, json, params) {
    let unrepresentable = false;
    const serialized = JSON.stringify(value, (_, val) => {
        if (typeof val !== "bigint")
            return val;
        unrepresentable = true;
        return null;
    });
    if (!unrepresentable)
        return JSON.parse(serialized);
    handleUnrepresentable(schema, ctx, json, params, "BigInt defaults cannot be represented in JSON Schema");
    return UNREPRESENTABLE_DEFAULT;
}
const defaultProcessor = (schema, ctx, json, params) => {
    const def = schema._zod.def;
    to_json_schema_processSchema(def.innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    seen.ref = def.innerType;
    const value = serializeDefaultValue(def.defaultValue, schema, ctx, json, params);
    if (value !== UNREPRESENTABLE_DEFAULT)
        json.default = value;
};
const prefaultProcessor = (schema, ctx, json, params) => {
    const def = schema._zod.def;
    to_json_schema_processSchema(def.innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    seen.ref = def.innerType;
    if (ctx.io !== "input")
        return;
    const value = serializeDefaultValue(def.defaultValue, schema, ctx, json, params);
    if (value !== UNREPRESENTABLE_DEFAULT)
        json._prefault = value;
};
const catchProcessor = (schema, ctx, json, params) => {
    const def = schema._zod.def;
    to_json_schema_processSchema(def.innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    seen.ref = def.innerType;
    let catchValue;
    try {
        catchValue = def.catchValue(undefined);
    }
    catch {
        handleUnrepresentable(schema, ctx, json, params, "Dynamic catch values are not supported in JSON Schema");
        return;
    }
    json.default = catchValue;
};
const pipeProcessor = (schema, ctx, _json, params) => {
    const def = schema._zod.def;
    const inIsTransform = def.in._zod.traits.has("$ZodTransform");
    const innerType = ctx.io === "input" ? (inIsTransform ? def.out : def.in) : def.out;
    to_json_schema_processSchema(innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    seen.ref = innerType;
};
const readonlyProcessor = (schema, ctx, json, params) => {
    const def = schema._zod.def;
    to_json_schema_processSchema(def.innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    seen.ref = def.innerType;
    json.readOnly = true;
};
const promiseProcessor = (schema, ctx, _json, params) => {
    const def = schema._zod.def;
    to_json_schema_processSchema(def.innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    seen.ref = def.innerType;
};
const optionalProcessor = (schema, ctx, _json, params) => {
    const def = schema._zod.def;
    to_json_schema_processSchema(def.innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    seen.ref = def.innerType;
};
const lazyProcessor = (schema, ctx, _json, params) => {
    const innerType = schema._zod.innerType;
    to_json_schema_processSchema(innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    seen.ref = innerType;
};
// ==================== ALL PROCESSORS ====================
const allProcessors = {
    string: stringProcessor,
    number: numberProcessor,
    boolean: booleanProcessor,
    bigint: bigintProcessor,
    symbol: symbolProcessor,
    null: nullProcessor,
    undefined: undefinedProcessor,
    void: voidProcessor,
    never: neverProcessor,
    any: anyProcessor,
    unknown: unknownProcessor,
    date: dateProcessor,
    enum: enumProcessor,
    literal: literalProcessor,
    nan: nanProcessor,
    template_literal: templateLiteralProcessor,
    file: fileProcessor,
    success: successProcessor,
    custom: customProcessor,
    function: functionProcessor,
    transform: transformProcessor,
    map: mapProcessor,
    set: setProcessor,
    array: arrayProcessor,
    object: objectProcessor,
    union: unionProcessor,
    intersection: intersectionProcessor,
    tuple: tupleProcessor,
    record: recordProcessor,
    nullable: nullableProcessor,
    nonoptional: nonoptionalProcessor,
    default: defaultProcessor,
    prefault: prefaultProcessor,
    catch: catchProcessor,
    pipe: pipeProcessor,
    readonly: readonlyProcessor,
    promise: promiseProcessor,
    optional: optionalProcessor,
    lazy: lazyProcessor,
};
function toJSONSchema(input, params) {
    if ("_idmap" in input) {
        // Registry case
        const registry = input;
        const ctx = initializeContext({ ...params, processors: allProcessors });
        const defs = {};
        // First pass: process all schemas to build the seen map
        for (const entry of registry._idmap.entries()) {
            const [_, schema] = entry;
            processSchema(schema, ctx);
        }
        const schemas = {};
        const external = {
            registry,
            uri: params?.uri,
            defs,
        };
        // Update the context with external configuration
        ctx.external = external;
        // Second pass: emit each schema
        for (const entry of registry._idmap.entries()) {
            const [key, schema] = entry;
            extractDefs(ctx, schema);
            assignProp(schemas, key, finalize(ctx, schema));
        }
        if (Object.keys(defs).length > 0) {
            const defsSegment = ctx.target === "draft-2020-12" ? "$defs" : "definitions";
            schemas.__shared = {
                [defsSegment]: defs,
            };
        }
        return { schemas };
    }
    // Single schema case
    const ctx = initializeContext({ ...params, processors: allProcessors });
    processSchema(input, ctx);
    extractDefs(ctx, input);
    return finalize(ctx, input);
}

;// CONCATENATED MODULE: ../../work/main/node_modules/zod/v4/locales/en.js

const error = () => {
    const Sizable = {
        string: { unit: "characters", verb: "to have" },
        file: { unit: "bytes", verb: "to have" },
        array: { unit: "items", verb: "to have" },
        set: { unit: "items", verb: "to have" },
        map: { unit: "entries", verb: "to have" },
    };
    function getSizing(origin) {
        return Sizable[origin] ?? null;
    }
    const FormatDictionary = {
        regex: "input",
        email: "email address",
        url: "URL",
        emoji: "emoji",
        uuid: "UUID",
        uuidv4: "UUIDv4",
        uuidv6: "UUIDv6",
        nanoid: "nanoid",
        guid: "GUID",
        cuid: "cuid",
        cuid2: "cuid2",
        ulid: "ULID",
        xid: "XID",
        ksuid: "KSUID",
        datetime: "ISO datetime",
        date: "ISO date",
        time: "ISO time",
        duration: "ISO duration",
        ipv4: "IPv4 address",
        ipv6: "IPv6 address",
        mac: "MAC address",
        cidrv4: "IPv4 range",
        cidrv6: "IPv6 range",
        base64: "base64-encoded string",
        base64url: "base64url-encoded string",
        json_string: "JSON string",
        e164: "E.164 number",
        currency_code: "currency code",
        credit_card: "credit card number",
        iban: "IBAN",
        jwt: "JWT",
        template_literal: "input",
    };
    // type names: missing keys = do not translate (use raw value via ?? fallback)
    const TypeDictionary = {
        // Compatibility: "nan" -> "NaN" for display
        nan: "NaN",
        // All other type names omitted - they fall back to raw values via ?? operator
    };
    function getTypeName(type, input) {
        if (type === "number" && typeof input === "number" && !Number.isFinite(input)) {
            return String(input);
        }
        return TypeDictionary[type] ?? type;
    }
    return (issue) => {
        switch (issue.code) {
            case "invalid_type": {
                const expected = getTypeName(issue.expected);
                const receivedType = parsedType(issue.input);
                const received = getTypeName(receivedType, issue.input);
                return `Invalid input: expected ${expected}, received ${received}`;
            }
            case "invalid_value":
                if (issue.values.length === 1)
                    return `Invalid input: expected ${stringifyPrimitive(issue.values[0])}`;
                return `Invalid option: expected one of ${joinValues(issue.values, "|")}`;
            case "too_big": {
                const adj = issue.exact ? "exactly " : issue.inclusive ? "<=" : "<";
                const sizing = getSizing(issue.origin);
                if (sizing)
                    return `Too big: expected ${issue.origin ?? "value"} to have ${adj}${issue.maximum.toString()} ${sizing.unit ?? "elements"}`;
                return `Too big: expected ${issue.origin ?? "value"} to be ${adj}${issue.maximum.toString()}`;
            }
            case "too_small": {
                const adj = issue.exact ? "exactly " : issue.inclusive ? ">=" : ">";
                const sizing = getSizing(issue.origin);
                if (sizing) {
                    return `Too small: expected ${issue.origin} to have ${adj}${issue.minimum.toString()} ${sizing.unit}`;
                }
                return `Too small: expected ${issue.origin} to be ${adj}${issue.minimum.toString()}`;
            }
            case "invalid_format": {
                const _issue = issue;
                if (_issue.format === "starts_with") {
                    return `Invalid string: must start with "${_issue.prefix}"`;
                }
                if (_issue.format === "ends_with")
                    return `Invalid string: must end with "${_issue.suffix}"`;
                if (_issue.format === "includes")
                    return `Invalid string: must include "${_issue.includes}"`;
                if (_issue.format === "regex")
                    return `Invalid string: must match pattern ${_issue.pattern}`;
                return `Invalid ${FormatDictionary[_issue.format] ?? issue.format}`;
            }
            case "not_multiple_of":
                return `Invalid number: must be a multiple of ${issue.divisor}`;
            case "unrecognized_keys":
                return `Unrecognized key${issue.keys.length > 1 ? "s" : ""}: ${joinValues(issue.keys, ", ")}`;
            case "invalid_key":
                return `Invalid key in ${issue.origin}`;
            case "invalid_union":
                if (issue.options && Array.isArray(issue.options) && issue.options.length > 0) {
                    const opts = issue.options.map((o) => `'${o}'`).join(" | ");
                    return `Invalid discriminator value. Expected ${opts}`;
                }
                if (issue.inclusive === false) {
                    return "Invalid input: more than one option matched";
                }
                return "Invalid input";
            case "invalid_element":
                return `Invalid value in ${issue.origin}`;
            default:
                return `Invalid input`;
        }
    };
};
/* harmony default export */ function en() {
    return {
        localeError: error(),
    };
}

;// CONCATENATED MODULE: ../../work/main/node_modules/zod/v4/core/errors.js


/* Computing the message eagerly is expensive (pretty-printed JSON of all
 * issues), so defer it until first read. The accessor functions and
 * descriptors are shared across instances to keep error construction
 * cheap; the computed message is cached on the internals object. The
 * setter preserves plain assignment semantics for consumers that
 * overwrite `message`. */
function _getMessage() {
    const internals = this._zod;
    internals.message ?? (internals.message = JSON.stringify(internals.def, jsonStringifyReplacer, 2));
    return internals.message;
}
function _setMessage(value) {
    this._zod.message = value;
}
const _messageDesc = {
    get: _getMessage,
    set: _setMessage,
    enumerable: true,
    configurable: true,
};
const _issuesDesc = { value: undefined, enumerable: false };
/* Prototypes that already carry the lazy `toString`. Seeded with the
 * intrinsics so that `init` on a foreign object — it accepts any object —
 * can never install an accessor onto a prototype we do not own. */
const _installedToString = /* @__PURE__ */ new WeakSet([Object.prototype, Error.prototype]);
const initializer = (inst, def) => {
    inst.name = "$ZodError";
    // `_zod` is already non-enumerable: $constructor's init defined it with this same descriptor
    _issuesDesc.value = def;
    Object.defineProperty(inst, "issues", _issuesDesc);
    // Clear the shared slot; a retained `value` pins the last error's issues.
    _issuesDesc.value = undefined;
    Object.defineProperty(inst, "message", _messageDesc);
    /* `toString` lives as a non-enumerable lazy getter on the shared
     * prototype; on first access it caches a per-instance closure so
     * detached usage still works. */
    const proto = Object.getPrototypeOf(inst);
    if (!_installedToString.has(proto)) {
        _installedToString.add(proto);
        Object.defineProperty(proto, "toString", {
            configurable: true,
            enumerable: false,
            get() {
                const value = () => this.message;
                Object.defineProperty(this, "toString", { value, configurable: true, writable: true });
                return value;
            },
            set(value) {
                Object.defineProperty(this, "toString", { value, configurable: true, writable: true });
            },
        });
    }
};
const $ZodError = $constructor("$ZodError", initializer);
const $ZodRealError = $constructor("$ZodError", initializer, undefined, {
    Parent: Error,
});
/** Get-or-create `obj[key]` as an own data property. A path segment naming an inherited member
 * ("toString", "constructor") would otherwise read through to the prototype, and assigning
 * "__proto__" would hit the setter instead of creating a key. */
function node(obj, key, make) {
    if (!Object.prototype.hasOwnProperty.call(obj, key)) {
        if (key === "__proto__") {
            Object.defineProperty(obj, key, { value: make(), writable: true, enumerable: true, configurable: true });
        }
        else {
            obj[key] = make();
        }
    }
    return obj[key];
}
function flattenError(error, mapper = (issue) => issue.message) {
    const fieldErrors = {};
    const formErrors = [];
    for (const sub of error.issues) {
        if (sub.path.length > 0) {
            node(fieldErrors, sub.path[0], () => []).push(mapper(sub));
        }
        else {
            formErrors.push(mapper(sub));
        }
    }
    return { formErrors, fieldErrors };
}
function formatError(error, mapper = (issue) => issue.message) {
    const fieldErrors = { _errors: [] };
    const processError = (error, path = []) => {
        for (const issue of error.issues) {
            if (issue.code === "invalid_union" && issue.errors.length) {
                issue.errors.map((issues) => processError({ issues }, [...path, ...issue.path]));
            }
            else if (issue.code === "invalid_key") {
                processError({ issues: issue.issues }, [...path, ...issue.path]);
            }
            else if (issue.code === "invalid_element") {
                processError({ issues: issue.issues }, [...path, ...issue.path]);
            }
            else {
                const fullpath = [...path, ...issue.path];
                if (fullpath.length === 0) {
                    fieldErrors._errors.push(mapper(issue));
                }
                else {
                    let curr = fieldErrors;
                    let i = 0;
                    while (i < fullpath.length) {
                        const el = fullpath[i];
                        const terminal = i === fullpath.length - 1;
                        // `_errors` is reserved by this legacy format, so merge a matching path segment into the current node instead of treating its array as a child.
                        if (el === "_errors") {
                            if (terminal)
                                curr._errors.push(mapper(issue));
                            i++;
                            continue;
                        }
                        // A path element may collide with an inherited property name such as
                        // "__proto__" or "constructor". Truthiness checks read the prototype
                        // (so no node is created, then ._errors.push throws), and bracket
                        // assignment of "__proto__" hits the setter instead of creating an
                        // own key. Guard the read with hasOwnProperty and create the node
                        // with defineProperty so any path element becomes a real own key.
                        if (!Object.prototype.hasOwnProperty.call(curr, el)) {
                            Object.defineProperty(curr, el, {
                                value: { _errors: [] },
                                enumerable: true,
                                writable: true,
                                configurable: true,
                            });
                        }
                        const node = curr[el];
                        if (terminal) {
                            node._errors.push(mapper(issue));
                        }
                        curr = node;
                        i++;
                    }
                }
            }
        }
    };
    processError(error);
    return fieldErrors;
}
function treeifyError(error, mapper = (issue) => issue.message) {
    const result = { errors: [] };
    const processError = (error, path = []) => {
        var _a;
        for (const issue of error.issues) {
            if (issue.code === "invalid_union" && issue.errors.length) {
                // regular union error
                issue.errors.map((issues) => processError({ issues }, [...path, ...issue.path]));
            }
            else if (issue.code === "invalid_key") {
                processError({ issues: issue.issues }, [...path, ...issue.path]);
            }
            else if (issue.code === "invalid_element") {
                processError({ issues: issue.issues }, [...path, ...issue.path]);
            }
            else {
                const fullpath = [...path, ...issue.path];
                if (fullpath.length === 0) {
                    result.errors.push(mapper(issue));
                    continue;
                }
                let curr = result;
                let i = 0;
                while (i < fullpath.length) {
                    const el = fullpath[i];
                    const terminal = i === fullpath.length - 1;
                    if (typeof el === "string") {
                        curr.properties ?? (curr.properties = {});
                        // el may collide with an inherited property name ("__proto__",
                        // "constructor", ...); ??= reads the prototype so the node is never
                        // created and curr.errors.push throws. Guard with hasOwnProperty and
                        // create the node with defineProperty so "__proto__" becomes a real
                        // own key rather than invoking the prototype setter.
                        if (!Object.prototype.hasOwnProperty.call(curr.properties, el)) {
                            Object.defineProperty(curr.properties, el, {
                                value: { errors: [] },
                                enumerable: true,
                                writable: true,
                                configurable: true,
                            });
                        }
                        curr = curr.properties[el];
                    }
                    else {
                        curr.items ?? (curr.items = []);
                        (_a = curr.items)[el] ?? (_a[el] = { errors: [] });
                        curr = curr.items[el];
                    }
                    if (terminal) {
                        curr.errors.push(mapper(issue));
                    }
                    i++;
                }
            }
        }
    };
    processError(error);
    return result;
}
/** Format a ZodError as a human-readable string in the following form.
 *
 * From
 *
 * ```ts
 * ZodError {
 *   issues: [
 *     {
 *       expected: 'string',
 *       code: 'invalid_type',
 *       path: [ 'username' ],
 *       message: 'Invalid input: expected string'
 *     },
 *     {
 *       expected: 'number',
 *       code: 'invalid_type',
 *       path: [ 'favoriteNumbers', 1 ],
 *       message: 'Invalid input: expected number'
 *     }
 *   ];
 * }
 * ```
 *
 * to
 *
 * ```
 * username
 *   ✖ Expected number, received string at "username
 * favoriteNumbers[0]
 *   ✖ Invalid input: expected number
 * ```
 */
function toDotPath(_path) {
    const segs = [];
    const path = _path.map((seg) => (typeof seg === "object" ? seg.key : seg));
    for (const seg of path) {
        if (typeof seg === "number")
            segs.push(`[${seg}]`);
        else if (typeof seg === "symbol")
            segs.push(`[${JSON.stringify(String(seg))}]`);
        else if (/[^\w$]/.test(seg))
            segs.push(`[${JSON.stringify(seg)}]`);
        else {
            if (segs.length)
                segs.push(".");
            segs.push(seg);
        }
    }
    return segs.join("");
}
function prettifyError(error) {
    const lines = [];
    // sort by path length
    const issues = [...error.issues].sort((a, b) => (a.path ?? []).length - (b.path ?? []).length);
    // Process each issue
    for (const issue of issues) {
        lines.push(`✖ ${issue.message}`);
        if (issue.path?.length)
            lines.push(`  → at ${toDotPath(issue.path)}`);
    }
    // Convert Map to formatted string
    return lines.join("\n");
}

;// CONCATENATED MODULE: ../../work/main/node_modules/zod/v4/core/parse.js



// Always both keys, so the `_params` read site in `_parse` sees one object shape rather than two.
function finalizeParams(callee, params) {
    return { callee: params?.callee ?? callee, Err: params?.Err };
}
const _parse = (_Err) => {
    const fn = (schema, value, _ctx, _params) => {
        const ctx = _ctx ? { ..._ctx, async: false } : { async: false };
        const result = schema._zod.run({ value, issues: [] }, ctx);
        if (result instanceof Promise) {
            throw new $ZodAsyncError();
        }
        if (result.issues.length) {
            const e = new (_params?.Err ?? _Err)(result.issues.map((iss) => finalizeIssue(iss, ctx, config())));
            captureStackTrace(e, _params?.callee ?? fn);
            throw e;
        }
        return result.value;
    };
    return fn;
};
const parse_parse = /* @__PURE__*/ _parse($ZodRealError);
const _parseAsync = (_Err) => {
    const fn = async (schema, value, _ctx, params) => {
        const ctx = _ctx ? { ..._ctx, async: true } : { async: true };
        let result = schema._zod.run({ value, issues: [] }, ctx);
        if (result instanceof Promise)
            result = await result;
        if (result.issues.length) {
            const e = new (params?.Err ?? _Err)(result.issues.map((iss) => finalizeIssue(iss, ctx, config())));
            captureStackTrace(e, params?.callee ?? fn);
            throw e;
        }
        return result.value;
    };
    return fn;
};
const parse_parseAsync = /* @__PURE__*/ _parseAsync($ZodRealError);
const _safeParse = (_Err) => (schema, value, _ctx) => {
    const ctx = _ctx ? { ..._ctx, async: false } : { async: false };
    const result = schema._zod.run({ value, issues: [] }, ctx);
    if (result instanceof Promise) {
        throw new $ZodAsyncError();
    }
    return result.issues.length ? failure(_Err, result.issues, ctx) : { success: true, data: result.value };
};
const safeParse = /* @__PURE__*/ _safeParse($ZodRealError);
// the error is built on the first read of `error`: finalizing the issues and constructing the instance is most of a failing parse, and a caller that only branches on `success` never pays it. a getter in the literal keeps this small; the alternative, one shared accessor descriptor plus a hidden state slot, reads ~15% faster but costs ~75 B gzipped in every bundle
function failure(Err, issues, ctx) {
    let error;
    return {
        success: false,
        get error() {
            if (!error) {
                error = new Err(issues.map((iss) => finalizeIssue(iss, ctx, config())));
                // finalizeIssue drops `input`, so the built error holds nothing; keeping the raw issues past this point pins the parsed value for the life of the result
                issues = undefined;
                ctx = undefined;
            }
            return error;
        },
        set error(e) {
            error = e;
            // a replacement makes the getter's branch unreachable, so the captures have to go here too
            issues = undefined;
            ctx = undefined;
        },
    };
}
const _safeParseAsync = (_Err) => async (schema, value, _ctx) => {
    const ctx = _ctx ? { ..._ctx, async: true } : { async: true };
    let result = schema._zod.run({ value, issues: [] }, ctx);
    if (result instanceof Promise)
        result = await result;
    return result.issues.length ? failure(_Err, result.issues, ctx) : { success: true, data: result.value };
};
const safeParseAsync = /* @__PURE__*/ _safeParseAsync($ZodRealError);
// registry mirrors of the compiler's sentinels, so this module never imports the compiler
const COMPILE_INVALID = /* @__PURE__ */ Symbol.for("zod.compile.invalid");
const COMPILE_FALLBACK = /* @__PURE__ */ Symbol.for("zod.compile.fallback");
// Deliberately tiny, because v8 will not inline a body carrying the fallback's object literals and throw. Everything that is not the compiled happy path lives in validateFallback, and that split is worth ~35% on a compiled schema.
const parse_validate = ((schema, value, _ctx) => {
    const validator = schema._zod.bag.validator;
    if (validator !== undefined) {
        if (validator(value) !== COMPILE_INVALID)
            return true;
        // a definite sentinel means the runtime would reject, so skip the re-parse; a ctx can still change the answer
        if (validator.definite === true && _ctx === undefined)
            return false;
    }
    return validateFallback(schema, value, _ctx);
});
function validateFallback(schema, value, _ctx) {
    const ctx = _ctx
        ? { ..._ctx, async: false, abortEarly: true }
        : { async: false, abortEarly: true };
    const fallbackRun = schema._zod.bag.fallbackRun;
    let result;
    if (fallbackRun) {
        // skip nested fast paths on the fallback, so user callbacks keep the at-most-twice bound
        ctx[COMPILE_FALLBACK] = true;
        result = fallbackRun({ value, issues: [] }, ctx);
    }
    else {
        result = schema._zod.run({ value, issues: [] }, ctx);
    }
    if (result instanceof Promise) {
        throw new $ZodAsyncError();
    }
    return result.issues.length === 0;
}
// no fast path: the compiler keeps async parses on the runtime, because a promise-returning callback that is not declared async compiles to a throw
const parse_validateAsync = async (schema, value, _ctx) => {
    const ctx = _ctx
        ? { ..._ctx, async: true, abortEarly: true }
        : { async: true, abortEarly: true };
    let result = schema._zod.run({ value, issues: [] }, ctx);
    if (result instanceof Promise)
        result = await result;
    return result.issues.length === 0;
};
const _encode = (_Err) => {
    const parse = _parse(_Err);
    const fn = (schema, value, _ctx, _params) => {
        const ctx = _ctx ? { ..._ctx, direction: "backward" } : { direction: "backward" };
        return parse(schema, value, ctx, finalizeParams(fn, _params));
    };
    return fn;
};
const encode = /* @__PURE__*/ _encode($ZodRealError);
const _decode = (_Err) => {
    const parse = _parse(_Err);
    const fn = (schema, value, _ctx, _params) => {
        return parse(schema, value, _ctx, finalizeParams(fn, _params));
    };
    return fn;
};
const decode = /* @__PURE__*/ _decode($ZodRealError);
const _encodeAsync = (_Err) => {
    const parseAsync = _parseAsync(_Err);
    const fn = async (schema, value, _ctx, _params) => {
        const ctx = _ctx ? { ..._ctx, direction: "backward" } : { direction: "backward" };
        return (await parseAsync(schema, value, ctx, finalizeParams(fn, _params)));
    };
    return fn;
};
const encodeAsync = /* @__PURE__*/ _encodeAsync($ZodRealError);
const _decodeAsync = (_Err) => {
    const parseAsync = _parseAsync(_Err);
    const fn = async (schema, value, _ctx, _params) => {
        return await parseAsync(schema, value, _ctx, finalizeParams(fn, _params));
    };
    return fn;
};
const decodeAsync = /* @__PURE__*/ _decodeAsync($ZodRealError);
const _safeEncode = (_Err) => (schema, value, _ctx) => {
    const ctx = _ctx ? { ..._ctx, direction: "backward" } : { direction: "backward" };
    return _safeParse(_Err)(schema, value, ctx);
};
const safeEncode = /* @__PURE__*/ _safeEncode($ZodRealError);
const _safeDecode = (_Err) => (schema, value, _ctx) => {
    return _safeParse(_Err)(schema, value, _ctx);
};
const safeDecode = /* @__PURE__*/ _safeDecode($ZodRealError);
const _safeEncodeAsync = (_Err) => async (schema, value, _ctx) => {
    const ctx = _ctx ? { ..._ctx, direction: "backward" } : { direction: "backward" };
    return _safeParseAsync(_Err)(schema, value, ctx);
};
const safeEncodeAsync = /* @__PURE__*/ _safeEncodeAsync($ZodRealError);
const _safeDecodeAsync = (_Err) => async (schema, value, _ctx) => {
    return _safeParseAsync(_Err)(schema, value, _ctx);
};
const safeDecodeAsync = /* @__PURE__*/ _safeDecodeAsync($ZodRealError);

;// CONCATENATED MODULE: ../../work/main/node_modules/zod/v4/classic/errors.js



/* Prototypes that already carry the lazy helper methods. Seeded with the
 * intrinsics so that `init` on a foreign object — it accepts any object —
 * can never install an accessor onto a prototype we do not own. */
const _installedErrorProtos = /* @__PURE__ */ new WeakSet([Object.prototype, Error.prototype]);
/* Helper methods live as non-enumerable lazy getters on the shared
 * prototype instead of own properties on every instance. On first
 * access the getter allocates the per-instance closure and caches it
 * as a non-enumerable own property, so detached usage still works and
 * the allocation only happens for methods actually touched. */
function _lazyMethod(proto, key, make) {
    Object.defineProperty(proto, key, {
        configurable: true,
        enumerable: false,
        get() {
            const value = make(this);
            Object.defineProperty(this, key, { value, configurable: true, writable: true });
            return value;
        },
        set(value) {
            Object.defineProperty(this, key, { value, configurable: true, writable: true });
        },
    });
}
const errors_initializer = (inst, issues) => {
    $ZodError.init(inst, issues);
    inst.name = "ZodError";
    const proto = Object.getPrototypeOf(inst);
    if (_installedErrorProtos.has(proto))
        return;
    _installedErrorProtos.add(proto);
    _lazyMethod(proto, "format", (self) => (mapper) => formatError(self, mapper));
    _lazyMethod(proto, "flatten", (self) => (mapper) => flattenError(self, mapper));
    _lazyMethod(proto, "addIssue", (self) => (issue) => {
        self.issues.push(issue);
        self.message = JSON.stringify(self.issues, jsonStringifyReplacer, 2);
    });
    _lazyMethod(proto, "addIssues", (self) => (issues) => {
        self.issues.push(...issues);
        self.message = JSON.stringify(self.issues, jsonStringifyReplacer, 2);
    });
    Object.defineProperty(proto, "isEmpty", {
        configurable: true,
        enumerable: false,
        get() {
            return this.issues.length === 0;
        },
    });
};
const ZodError = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodError", errors_initializer)));
const ZodRealError = /*@__PURE__*/ $constructor("ZodError", errors_initializer, undefined, {
    Parent: Error,
});
// /** @deprecated Use `z.core.$ZodErrorMapCtx` instead. */
// export type ErrorMapCtx = core.$ZodErrorMapCtx;

;// CONCATENATED MODULE: ../../work/main/node_modules/zod/v4/classic/parse.js


const classic_parse_parse = /* @__PURE__ */ _parse(ZodRealError);
const classic_parse_parseAsync = /* @__PURE__ */ _parseAsync(ZodRealError);
const parse_safeParse = /* @__PURE__ */ _safeParse(ZodRealError);
const parse_safeParseAsync = /* @__PURE__ */ _safeParseAsync(ZodRealError);

// Codec functions
const parse_encode = /* @__PURE__ */ _encode(ZodRealError);
const parse_decode = /* @__PURE__ */ _decode(ZodRealError);
const parse_encodeAsync = /* @__PURE__ */ _encodeAsync(ZodRealError);
const parse_decodeAsync = /* @__PURE__ */ _decodeAsync(ZodRealError);
const parse_safeEncode = /* @__PURE__ */ _safeEncode(ZodRealError);
const parse_safeDecode = /* @__PURE__ */ _safeDecode(ZodRealError);
const parse_safeEncodeAsync = /* @__PURE__ */ _safeEncodeAsync(ZodRealError);
const parse_safeDecodeAsync = /* @__PURE__ */ _safeDecodeAsync(ZodRealError);

;// CONCATENATED MODULE: ../../work/main/node_modules/zod/v4/classic/schemas.js








// Register English as the default locale on first ZodType construction. Hooked into the `ZodType` `$constructor` (rather than a top-level `config(en())` in `external.ts`) so bundlers honoring `sideEffects: false` can't tree-shake it out — see #5953, #5725. An explicit `z.config(z.locales.xx())` call wins regardless of order, since this only sets the default when none is present.
function _ensureDefaultLocale() {
    if (!globalConfig.localeError)
        config(en());
}
// the default memoizer is read by the core container init, which runs before `ZodType.init`, so each container calls this first
function _ensureDefaultMemoizer() {
    if (!globalConfig.memoizer)
        config({ memoizer: memoizer() });
}
const ZodType = /*@__PURE__*/ $constructor("ZodType", (inst, def) => {
    _ensureDefaultLocale();
    $ZodType.init(inst, def);
    inst.def = def;
    inst.type = def.type;
    return inst;
}, {
    check(...chks) {
        const def = this.def;
        return this.clone(mergeDefs(def, {
            checks: [
                ...(def.checks ?? []),
                ...chks.map((ch) => typeof ch === "function" ? { _zod: { check: ch, def: { check: "custom" }, onattach: [] } } : ch),
            ],
        }), { parent: true });
    },
    with(...chks) {
        return this.check(...chks);
    },
    clone(def, params) {
        return clone(this, def, params);
    },
    brand() {
        return this;
    },
    register(reg, meta) {
        reg.add(this, meta);
        return this;
    },
    refine(check, params) {
        return this.check(refine(check, params));
    },
    superRefine(refinement, params) {
        return this.check(superRefine(refinement, params));
    },
    overwrite(fn) {
        return this.check(_overwrite(fn));
    },
    optional() {
        return optional(this);
    },
    exactOptional() {
        return exactOptional(this);
    },
    nullable() {
        return nullable(this);
    },
    nullish() {
        return optional(nullable(this));
    },
    nonoptional(params) {
        return nonoptional(this, params);
    },
    array() {
        return array(this);
    },
    or(arg) {
        return union([this, arg]);
    },
    and(arg) {
        return intersection(this, arg);
    },
    transform(tx) {
        return pipe(this, transform(tx));
    },
    default(d) {
        return schemas_default(this, d);
    },
    prefault(d) {
        return prefault(this, d);
    },
    catch(params) {
        return schemas_catch(this, params);
    },
    pipe(target) {
        return pipe(this, target);
    },
    readonly() {
        return readonly(this);
    },
    describe(description) {
        const cl = this.clone();
        globalRegistry.add(cl, { description });
        return cl;
    },
    meta(...args) {
        // overloaded: meta() returns the registered metadata, meta(data) returns a clone with `data` registered. The mapped type picks up the second overload, so we accept variadic any-args and return `any` to satisfy both at runtime.
        if (args.length === 0)
            return globalRegistry.get(this);
        const cl = this.clone();
        globalRegistry.add(cl, args[0]);
        return cl;
    },
    isOptional() {
        return this.safeParse(undefined).success;
    },
    isNullable() {
        return this.safeParse(null).success;
    },
    apply(fn, ...args) {
        return args.length === 0 ? fn(this) : fn(this, ...args);
    },
    // Overrides core's `~standard` to add `jsonSchema`. Must stay a prototype entry: redefining it per instance demotes instances to dictionary mode.
    get "~standard"() {
        return hide(this, "~standard", {
            ...standardProps(this),
            jsonSchema: {
                input: createStandardJSONSchemaMethod(this, "input"),
                output: createStandardJSONSchemaMethod(this, "output"),
            },
        });
    },
    set "~standard"(value) {
        own(this, "~standard", value);
    },
    parse: function _parse(data, params) {
        return classic_parse_parse(this, data, params, { callee: _parse });
    },
    parseAsync: async function _parseAsync(data, params) {
        return await classic_parse_parseAsync(this, data, params, { callee: _parseAsync });
    },
    safeParse(data, params) {
        return parse_safeParse(this, data, params);
    },
    async safeParseAsync(data, params) {
        return parse_safeParseAsync(this, data, params);
    },
    // `spa` is an alias: same function object as `safeParseAsync`, as before.
    get spa() {
        return this?.safeParseAsync;
    },
    set spa(value) {
        own(this, "spa", value);
    },
    validate(data, params) {
        return parse_validate(this, data, params);
    },
    validateAsync(data, params) {
        return parse_validateAsync(this, data, params);
    },
    encode: function _encode(data, params) {
        return parse_encode(this, data, params, { callee: _encode });
    },
    decode: function _decode(data, params) {
        return parse_decode(this, data, params, { callee: _decode });
    },
    encodeAsync: async function _encodeAsync(data, params) {
        return await parse_encodeAsync(this, data, params, { callee: _encodeAsync });
    },
    decodeAsync: async function _decodeAsync(data, params) {
        return await parse_decodeAsync(this, data, params, { callee: _decodeAsync });
    },
    safeEncode(data, params) {
        return parse_safeEncode(this, data, params);
    },
    safeDecode(data, params) {
        return parse_safeDecode(this, data, params);
    },
    async safeEncodeAsync(data, params) {
        return parse_safeEncodeAsync(this, data, params);
    },
    async safeDecodeAsync(data, params) {
        return parse_safeDecodeAsync(this, data, params);
    },
    toJSONSchema(params) {
        return createToJSONSchemaMethod(this, {})(params);
    },
    // Reads through to the registry on every access, so it must not cache.
    get description() {
        return globalRegistry.get(this)?.description;
    },
    // No setter: `schema._def = x` throws, as it did when `_def` was a non-writable own property.
    get _def() {
        return this._zod.def;
    },
});
/** @internal */
const _ZodString = /*@__PURE__*/ $constructor("_ZodString", (inst, def) => {
    $ZodString.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => stringProcessor(inst, ctx, json, params);
}, 
/*@__PURE__*/ derived({
    format: (inst) => aggregateChecks(inst).format ?? null,
    minLength: (inst) => aggregateChecks(inst).minimum ?? null,
    maxLength: (inst) => aggregateChecks(inst).maximum ?? null,
}, {
    regex(...args) {
        return this.check(_regex(...args));
    },
    includes(...args) {
        return this.check(_includes(...args));
    },
    startsWith(...args) {
        return this.check(_startsWith(...args));
    },
    endsWith(...args) {
        return this.check(_endsWith(...args));
    },
    min(...args) {
        return this.check(_minLength(...args));
    },
    max(...args) {
        return this.check(_maxLength(...args));
    },
    length(...args) {
        return this.check(_length(...args));
    },
    nonempty(...args) {
        return this.check(_minLength(1, ...args));
    },
    lowercase(params) {
        return this.check(_lowercase(params));
    },
    uppercase(params) {
        return this.check(_uppercase(params));
    },
    trim() {
        return this.check(_trim());
    },
    normalize(...args) {
        return this.check(_normalize(...args));
    },
    toLowerCase() {
        return this.check(_toLowerCase());
    },
    toUpperCase() {
        return this.check(_toUpperCase());
    },
    slugify() {
        return this.check(_slugify());
    },
}));
const ZodString = /*@__PURE__*/ $constructor("ZodString", (inst, def) => {
    $ZodString.init(inst, def);
    _ZodString.init(inst, def);
}, {
    email(params) {
        return this.check(_email(ZodEmail, params));
    },
    url(params) {
        return this.check(_url(ZodURL, params));
    },
    jwt(params) {
        return this.check(_jwt(ZodJWT, params));
    },
    emoji(params) {
        return this.check(api_emoji(ZodEmoji, params));
    },
    guid(params) {
        return this.check(_guid(ZodGUID, params));
    },
    uuid(params) {
        return this.check(_uuid(ZodUUID, params));
    },
    uuidv4(params) {
        return this.check(_uuidv4(ZodUUID, params));
    },
    uuidv6(params) {
        return this.check(_uuidv6(ZodUUID, params));
    },
    uuidv7(params) {
        return this.check(_uuidv7(ZodUUID, params));
    },
    nanoid(params) {
        return this.check(_nanoid(ZodNanoID, params));
    },
    cuid(params) {
        return this.check(_cuid(ZodCUID, params));
    },
    cuid2(params) {
        return this.check(_cuid2(ZodCUID2, params));
    },
    ulid(params) {
        return this.check(_ulid(ZodULID, params));
    },
    base64(params) {
        return this.check(_base64(ZodBase64, params));
    },
    base64url(params) {
        return this.check(_base64url(ZodBase64URL, params));
    },
    xid(params) {
        return this.check(_xid(ZodXID, params));
    },
    ksuid(params) {
        return this.check(_ksuid(ZodKSUID, params));
    },
    ipv4(params) {
        return this.check(_ipv4(ZodIPv4, params));
    },
    ipv6(params) {
        return this.check(_ipv6(ZodIPv6, params));
    },
    cidrv4(params) {
        return this.check(_cidrv4(ZodCIDRv4, params));
    },
    cidrv6(params) {
        return this.check(_cidrv6(ZodCIDRv6, params));
    },
    e164(params) {
        return this.check(_e164(ZodE164, params));
    },
    datetime(params) {
        return this.check(_isoDateTime(ZodISODateTime, params));
    },
    date(params) {
        return this.check(_isoDate(schemas_ZodISODate, params));
    },
    time(params) {
        return this.check(_isoTime(schemas_ZodISOTime, params));
    },
    duration(params) {
        return this.check(_isoDuration(schemas_ZodISODuration, params));
    },
});
function schemas_string(params) {
    return _string(ZodString, params);
}
const ZodStringFormat = /*@__PURE__*/ $constructor("ZodStringFormat", (inst, def) => {
    $ZodStringFormat.init(inst, def);
    _ZodString.init(inst, def);
});
const ZodISODateTime = /*@__PURE__*/ $constructor("ZodISODateTime", (inst, def) => {
    $ZodISODateTime.init(inst, def);
    ZodStringFormat.init(inst, def);
});
const schemas_ZodISODate = /*@__PURE__*/ $constructor("ZodISODate", (inst, def) => {
    $ZodISODate.init(inst, def);
    ZodStringFormat.init(inst, def);
});
const schemas_ZodISOTime = /*@__PURE__*/ $constructor("ZodISOTime", (inst, def) => {
    $ZodISOTime.init(inst, def);
    ZodStringFormat.init(inst, def);
});
const schemas_ZodISODuration = /*@__PURE__*/ $constructor("ZodISODuration", (inst, def) => {
    $ZodISODuration.init(inst, def);
    ZodStringFormat.init(inst, def);
});
const ZodEmail = /*@__PURE__*/ $constructor("ZodEmail", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodEmail.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_email(params) {
    return core._email(ZodEmail, params);
}
const ZodGUID = /*@__PURE__*/ $constructor("ZodGUID", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodGUID.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_guid(params) {
    return core._guid(ZodGUID, params);
}
const ZodUUID = /*@__PURE__*/ $constructor("ZodUUID", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodUUID.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_uuid(params) {
    return core._uuid(ZodUUID, params);
}
function uuidv4(params) {
    return core._uuidv4(ZodUUID, params);
}
// ZodUUIDv6
function uuidv6(params) {
    return core._uuidv6(ZodUUID, params);
}
// ZodUUIDv7
function uuidv7(params) {
    return core._uuidv7(ZodUUID, params);
}
const ZodURL = /*@__PURE__*/ $constructor("ZodURL", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodURL.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function url(params) {
    return core._url(ZodURL, params);
}
function httpUrl(params) {
    return core._url(ZodURL, {
        protocol: regexes.httpProtocol,
        hostname: regexes.domain,
        ...util.normalizeParams(params),
    });
}
const ZodEmoji = /*@__PURE__*/ $constructor("ZodEmoji", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodEmoji.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_emoji(params) {
    return core._emoji(ZodEmoji, params);
}
const ZodNanoID = /*@__PURE__*/ $constructor("ZodNanoID", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodNanoID.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_nanoid(params) {
    return core._nanoid(ZodNanoID, params);
}
/**
 * @deprecated CUID v1 is deprecated by its authors due to information leakage
 * (timestamps embedded in the id). Use {@link ZodCUID2} instead.
 * See https://github.com/paralleldrive/cuid.
 */
const ZodCUID = /*@__PURE__*/ $constructor("ZodCUID", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodCUID.init(inst, def);
    ZodStringFormat.init(inst, def);
});
/**
 * Validates a CUID v1 string.
 *
 * @deprecated CUID v1 is deprecated by its authors due to information leakage
 * (timestamps embedded in the id). Use {@link cuid2 | `z.cuid2()`} instead.
 * See https://github.com/paralleldrive/cuid.
 */
function schemas_cuid(params) {
    return core._cuid(ZodCUID, params);
}
const ZodCUID2 = /*@__PURE__*/ $constructor("ZodCUID2", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodCUID2.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_cuid2(params) {
    return core._cuid2(ZodCUID2, params);
}
const ZodULID = /*@__PURE__*/ $constructor("ZodULID", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodULID.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_ulid(params) {
    return core._ulid(ZodULID, params);
}
const ZodXID = /*@__PURE__*/ $constructor("ZodXID", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodXID.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_xid(params) {
    return core._xid(ZodXID, params);
}
const ZodKSUID = /*@__PURE__*/ $constructor("ZodKSUID", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodKSUID.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_ksuid(params) {
    return core._ksuid(ZodKSUID, params);
}
const ZodIPv4 = /*@__PURE__*/ $constructor("ZodIPv4", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodIPv4.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_ipv4(params) {
    return core._ipv4(ZodIPv4, params);
}
const ZodMAC = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodMAC", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    core.$ZodMAC.init(inst, def);
    ZodStringFormat.init(inst, def);
})));
function schemas_mac(params) {
    return core._mac(ZodMAC, params);
}
const ZodIPv6 = /*@__PURE__*/ $constructor("ZodIPv6", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodIPv6.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_ipv6(params) {
    return core._ipv6(ZodIPv6, params);
}
const ZodCIDRv4 = /*@__PURE__*/ $constructor("ZodCIDRv4", (inst, def) => {
    $ZodCIDRv4.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_cidrv4(params) {
    return core._cidrv4(ZodCIDRv4, params);
}
const ZodCIDRv6 = /*@__PURE__*/ $constructor("ZodCIDRv6", (inst, def) => {
    $ZodCIDRv6.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_cidrv6(params) {
    return core._cidrv6(ZodCIDRv6, params);
}
const ZodBase64 = /*@__PURE__*/ $constructor("ZodBase64", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodBase64.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_base64(params) {
    return core._base64(ZodBase64, params);
}
const ZodBase64URL = /*@__PURE__*/ $constructor("ZodBase64URL", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodBase64URL.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_base64url(params) {
    return core._base64url(ZodBase64URL, params);
}
const ZodE164 = /*@__PURE__*/ $constructor("ZodE164", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodE164.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_e164(params) {
    return core._e164(ZodE164, params);
}
const ZodCreditCard = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodCreditCard", (inst, def) => {
    core.$ZodCreditCard.init(inst, def);
    ZodStringFormat.init(inst, def);
})));
function schemas_creditCard(params) {
    return core._creditCard(ZodCreditCard, params);
}
const ZodIBAN = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodIBAN", (inst, def) => {
    core.$ZodIBAN.init(inst, def);
    ZodStringFormat.init(inst, def);
})));
function schemas_iban(params) {
    return core._iban(ZodIBAN, params);
}
const ZodJWT = /*@__PURE__*/ $constructor("ZodJWT", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodJWT.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function jwt(params) {
    return core._jwt(ZodJWT, params);
}
const ZodCustomStringFormat = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodCustomStringFormat", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    core.$ZodCustomStringFormat.init(inst, def);
    ZodStringFormat.init(inst, def);
})));
function stringFormat(format, fnOrRegex, _params = {}) {
    return core._stringFormat(ZodCustomStringFormat, format, fnOrRegex, _params);
}
function schemas_hostname(_params) {
    return core._stringFormat(ZodCustomStringFormat, "hostname", regexes.hostname, _params);
}
function schemas_hex(_params) {
    return core._stringFormat(ZodCustomStringFormat, "hex", regexes.hex, _params);
}
function schemas_currencyCode(_params) {
    return core._stringFormat(ZodCustomStringFormat, "currency_code", regexes.currencyCode, _params);
}
function hash(alg, params) {
    const enc = params?.enc ?? "hex";
    const format = `${alg}_${enc}`;
    const regex = core.regexes[format];
    if (!regex)
        throw new Error(`Unrecognized hash format: ${format}`);
    return core._stringFormat(ZodCustomStringFormat, format, regex, params);
}
const ZodNumber = /*@__PURE__*/ $constructor("ZodNumber", (inst, def) => {
    $ZodNumber.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => numberProcessor(inst, ctx, json, params);
    inst.isFinite = true;
}, 
/*@__PURE__*/ derived({
    minValue: (inst) => {
        const { minimum, exclusiveMinimum } = aggregateChecks(inst);
        return Math.max(minimum ?? Number.NEGATIVE_INFINITY, exclusiveMinimum ?? Number.NEGATIVE_INFINITY);
    },
    maxValue: (inst) => {
        const { maximum, exclusiveMaximum } = aggregateChecks(inst);
        return Math.min(maximum ?? Number.POSITIVE_INFINITY, exclusiveMaximum ?? Number.POSITIVE_INFINITY);
    },
    isInt: (inst) => {
        const { isInt, multipleOf } = aggregateChecks(inst);
        return !!isInt || !!multipleOf?.some(Number.isSafeInteger);
    },
    format: (inst) => aggregateChecks(inst).format ?? null,
}, {
    gt(value, params) {
        return this.check(_gt(value, params));
    },
    gte(value, params) {
        return this.check(_gte(value, params));
    },
    min(value, params) {
        return this.check(_gte(value, params));
    },
    lt(value, params) {
        return this.check(_lt(value, params));
    },
    lte(value, params) {
        return this.check(_lte(value, params));
    },
    max(value, params) {
        return this.check(_lte(value, params));
    },
    int(params) {
        return this.check(schemas_int(params));
    },
    safe(params) {
        return this.check(schemas_int(params));
    },
    positive(params) {
        return this.check(_gt(0, params));
    },
    nonnegative(params) {
        return this.check(_gte(0, params));
    },
    negative(params) {
        return this.check(_lt(0, params));
    },
    nonpositive(params) {
        return this.check(_lte(0, params));
    },
    multipleOf(value, params) {
        return this.check(_multipleOf(value, params));
    },
    step(value, params) {
        return this.check(_multipleOf(value, params));
    },
    finite() {
        return this;
    },
}));
function schemas_number(params) {
    return _number(ZodNumber, params);
}
const ZodNumberFormat = /*@__PURE__*/ $constructor("ZodNumberFormat", (inst, def) => {
    $ZodNumberFormat.init(inst, def);
    ZodNumber.init(inst, def);
});
function schemas_int(params) {
    return _int(ZodNumberFormat, params);
}
function float32(params) {
    return core._float32(ZodNumberFormat, params);
}
function float64(params) {
    return core._float64(ZodNumberFormat, params);
}
function int32(params) {
    return core._int32(ZodNumberFormat, params);
}
function uint32(params) {
    return core._uint32(ZodNumberFormat, params);
}
const ZodBoolean = /*@__PURE__*/ $constructor("ZodBoolean", (inst, def) => {
    $ZodBoolean.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => booleanProcessor(inst, ctx, json, params);
});
function schemas_boolean(params) {
    return _boolean(ZodBoolean, params);
}
const ZodBigInt = /*@__PURE__*/ $constructor("ZodBigInt", (inst, def) => {
    $ZodBigInt.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => bigintProcessor(inst, ctx, json, params);
}, 
/*@__PURE__*/ derived({
    minValue: (inst) => aggregateChecks(inst).minimum ?? null,
    maxValue: (inst) => aggregateChecks(inst).maximum ?? null,
    format: (inst) => aggregateChecks(inst).format ?? null,
}, {
    gte(value, params) {
        return this.check(_gte(value, params));
    },
    min(value, params) {
        return this.check(_gte(value, params));
    },
    gt(value, params) {
        return this.check(_gt(value, params));
    },
    lt(value, params) {
        return this.check(_lt(value, params));
    },
    lte(value, params) {
        return this.check(_lte(value, params));
    },
    max(value, params) {
        return this.check(_lte(value, params));
    },
    positive(params) {
        return this.check(_gt(BigInt(0), params));
    },
    negative(params) {
        return this.check(_lt(BigInt(0), params));
    },
    nonpositive(params) {
        return this.check(_lte(BigInt(0), params));
    },
    nonnegative(params) {
        return this.check(_gte(BigInt(0), params));
    },
    multipleOf(value, params) {
        return this.check(_multipleOf(value, params));
    },
}));
function schemas_bigint(params) {
    return core._bigint(ZodBigInt, params);
}
const ZodBigIntFormat = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodBigIntFormat", (inst, def) => {
    core.$ZodBigIntFormat.init(inst, def);
    ZodBigInt.init(inst, def);
})));
function int64(params) {
    return core._int64(ZodBigIntFormat, params);
}
function uint64(params) {
    return core._uint64(ZodBigIntFormat, params);
}
const ZodSymbol = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodSymbol", (inst, def) => {
    core.$ZodSymbol.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.symbolProcessor(inst, ctx, json, params);
})));
function symbol(params) {
    return core._symbol(ZodSymbol, params);
}
const ZodUndefined = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodUndefined", (inst, def) => {
    core.$ZodUndefined.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.undefinedProcessor(inst, ctx, json, params);
})));
function schemas_undefined(params) {
    return core._undefined(ZodUndefined, params);
}

const ZodNull = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodNull", (inst, def) => {
    core.$ZodNull.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.nullProcessor(inst, ctx, json, params);
})));
function schemas_null(params) {
    return core._null(ZodNull, params);
}

const ZodAny = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodAny", (inst, def) => {
    core.$ZodAny.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.anyProcessor(inst, ctx, json, params);
})));
function any() {
    return core._any(ZodAny);
}
const ZodUnknown = /*@__PURE__*/ $constructor("ZodUnknown", (inst, def) => {
    $ZodUnknown.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => unknownProcessor(inst, ctx, json, params);
});
function unknown() {
    return _unknown(ZodUnknown);
}
const ZodNever = /*@__PURE__*/ $constructor("ZodNever", (inst, def) => {
    $ZodNever.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => neverProcessor(inst, ctx, json, params);
});
function never(params) {
    return _never(ZodNever, params);
}
const ZodVoid = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodVoid", (inst, def) => {
    core.$ZodVoid.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.voidProcessor(inst, ctx, json, params);
})));
function schemas_void(params) {
    return core._void(ZodVoid, params);
}

const ZodDate = /*@__PURE__*/ $constructor("ZodDate", (inst, def) => {
    $ZodDate.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => dateProcessor(inst, ctx, json, params);
    inst.min = (value, params) => inst.check(_gte(value, params));
    inst.max = (value, params) => inst.check(_lte(value, params));
}, 
/*@__PURE__*/ derived({
    minDate: (inst) => {
        const { minimum } = aggregateChecks(inst);
        return minimum ? new Date(minimum) : null;
    },
    maxDate: (inst) => {
        const { maximum } = aggregateChecks(inst);
        return maximum ? new Date(maximum) : null;
    },
}, {}));
function schemas_date(params) {
    return core._date(ZodDate, params);
}
const ZodArray = /*@__PURE__*/ $constructor("ZodArray", (inst, def) => {
    _ensureDefaultMemoizer();
    $ZodArray.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => arrayProcessor(inst, ctx, json, params);
    inst.element = def.element;
}, {
    min(n, params) {
        return this.check(_minLength(n, params));
    },
    nonempty(params) {
        return this.check(_minLength(1, params));
    },
    max(n, params) {
        return this.check(_maxLength(n, params));
    },
    length(n, params) {
        return this.check(_length(n, params));
    },
    unwrap() {
        return this.element;
    },
});
function array(element, params) {
    return _array(ZodArray, element, params);
}
// .keyof
function keyof(schema) {
    const shape = schema._zod.def.shape;
    return schemas_enum(Object.keys(shape));
}
const ZodObject = /*@__PURE__*/ $constructor("ZodObject", (inst, def) => {
    _ensureDefaultMemoizer();
    $ZodObjectJIT.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => objectProcessor(inst, ctx, json, params);
    installLazyProp(inst, "shape", (self) => self._zod.def.shape, false);
}, {
    keyof() {
        return schemas_enum(Object.keys(this._zod.def.shape));
    },
    catchall(catchall) {
        // `mergeDefs` rather than a spread: spreading reads `shape`, and resolving it can mint a whole fresh subtree
        return this.clone(mergeDefs(this._zod.def, { catchall: catchall }));
    },
    passthrough() {
        return this.clone(mergeDefs(this._zod.def, { catchall: unknown() }));
    },
    loose() {
        return this.clone(mergeDefs(this._zod.def, { catchall: unknown() }));
    },
    strict() {
        return this.clone(mergeDefs(this._zod.def, { catchall: never() }));
    },
    strip() {
        return this.clone(mergeDefs(this._zod.def, { catchall: undefined }));
    },
    extend(incoming) {
        return extend(this, incoming);
    },
    safeExtend(incoming) {
        return safeExtend(this, incoming);
    },
    merge(other) {
        return merge(this, other);
    },
    pick(mask) {
        return pick(this, mask);
    },
    omit(mask) {
        return omit(this, mask);
    },
    partial(...args) {
        return partial(ZodOptional, this, args[0]);
    },
    exactPartial(...args) {
        return partial(ZodExactOptional, this, args[0], "exactPartial");
    },
    required(...args) {
        return required(ZodNonOptional, this, args[0]);
    },
});
function object(shape, params) {
    const def = {
        type: "object",
        shape: shape ?? {},
        ...normalizeParams(params),
    };
    return new ZodObject(def);
}
// strictObject
function strictObject(shape, params) {
    return new ZodObject({
        type: "object",
        shape,
        catchall: never(),
        ...util.normalizeParams(params),
    });
}
// looseObject
function looseObject(shape, params) {
    return new ZodObject({
        type: "object",
        shape,
        catchall: unknown(),
        ...util.normalizeParams(params),
    });
}
const ZodUnion = /*@__PURE__*/ $constructor("ZodUnion", (inst, def) => {
    $ZodUnion.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => unionProcessor(inst, ctx, json, params);
    inst.options = def.options;
});
function union(options, params) {
    return new ZodUnion({
        type: "union",
        options: options,
        ...normalizeParams(params),
    });
}
const ZodXor = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodXor", (inst, def) => {
    ZodUnion.init(inst, def);
    core.$ZodXor.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.unionProcessor(inst, ctx, json, params);
    inst.options = def.options;
})));
/** Creates an exclusive union (XOR) where exactly one option must match.
 * Unlike regular unions that succeed when any option matches, xor fails if
 * zero or more than one option matches the input. */
function xor(options, params) {
    return new ZodXor({
        type: "union",
        options: options,
        inclusive: false,
        ...util.normalizeParams(params),
    });
}
const ZodDiscriminatedUnion = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodDiscriminatedUnion", (inst, def) => {
    ZodUnion.init(inst, def);
    core.$ZodDiscriminatedUnion.init(inst, def);
})));
function discriminatedUnion(discriminator, options, params) {
    // const [options, params] = args;
    return new ZodDiscriminatedUnion({
        type: "union",
        options: options,
        discriminator,
        ...util.normalizeParams(params),
    });
}
const ZodIntersection = /*@__PURE__*/ $constructor("ZodIntersection", (inst, def) => {
    $ZodIntersection.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => intersectionProcessor(inst, ctx, json, params);
});
function intersection(left, right) {
    return new ZodIntersection({
        type: "intersection",
        left: left,
        right: right,
    });
}
const ZodTuple = /*@__PURE__*/ $constructor("ZodTuple", (inst, def) => {
    _ensureDefaultMemoizer();
    $ZodTuple.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => tupleProcessor(inst, ctx, json, params);
}, {
    rest(rest) {
        return this.clone({
            ...this._zod.def,
            rest: rest,
        });
    },
    partial() {
        const def = this._zod.def;
        // a refinement was authored against the full arity; partialing would run it on a shorter array
        if (def.checks?.length)
            throw new Error(".partial() cannot be used on tuple schemas containing refinements");
        return this.clone({
            ...def,
            items: def.items.map((item) => new ZodOptional({ type: "optional", innerType: item })),
        });
    },
});
function tuple(items, _paramsOrRest, _params) {
    const hasRest = _paramsOrRest instanceof core.$ZodType;
    const params = hasRest ? _params : _paramsOrRest;
    const rest = hasRest ? _paramsOrRest : null;
    return new ZodTuple({
        type: "tuple",
        items: items,
        rest,
        ...util.normalizeParams(params),
    });
}
const ZodRecord = /*@__PURE__*/ $constructor("ZodRecord", (inst, def) => {
    _ensureDefaultMemoizer();
    $ZodRecord.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => recordProcessor(inst, ctx, json, params);
    inst.keyType = def.keyType;
    inst.valueType = def.valueType;
});
function record(keyType, valueType, params) {
    // v3-compat: z.record(valueType, params?) — defaults keyType to z.string()
    if (!valueType || !valueType._zod) {
        return new ZodRecord({
            type: "record",
            keyType: schemas_string(),
            valueType: keyType,
            ...normalizeParams(valueType),
        });
    }
    return new ZodRecord({
        type: "record",
        keyType,
        valueType: valueType,
        ...normalizeParams(params),
    });
}
// type alksjf = core.output<core.$ZodRecordKey>;
function partialRecord(keyType, valueType, params) {
    return new ZodRecord({
        type: "record",
        keyType,
        valueType: valueType,
        ...util.normalizeParams(params),
        partial: true,
    });
}
function looseRecord(keyType, valueType, params) {
    return new ZodRecord({
        type: "record",
        keyType,
        valueType: valueType,
        mode: "loose",
        ...util.normalizeParams(params),
    });
}
const ZodMap = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodMap", (inst, def) => {
    _ensureDefaultMemoizer();
    core.$ZodMap.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.mapProcessor(inst, ctx, json, params);
    inst.keyType = def.keyType;
    inst.valueType = def.valueType;
    inst.min = (...args) => inst.check(core._minSize(...args));
    inst.nonempty = (params) => inst.check(core._minSize(1, params));
    inst.max = (...args) => inst.check(core._maxSize(...args));
    inst.size = (...args) => inst.check(core._size(...args));
})));
function map(keyType, valueType, params) {
    return new ZodMap({
        type: "map",
        keyType: keyType,
        valueType: valueType,
        ...util.normalizeParams(params),
    });
}
const ZodSet = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodSet", (inst, def) => {
    _ensureDefaultMemoizer();
    core.$ZodSet.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.setProcessor(inst, ctx, json, params);
    inst.min = (...args) => inst.check(core._minSize(...args));
    inst.nonempty = (params) => inst.check(core._minSize(1, params));
    inst.max = (...args) => inst.check(core._maxSize(...args));
    inst.size = (...args) => inst.check(core._size(...args));
})));
function set(valueType, params) {
    return new ZodSet({
        type: "set",
        valueType: valueType,
        ...util.normalizeParams(params),
    });
}
const ZodEnum = /*@__PURE__*/ $constructor("ZodEnum", (inst, def) => {
    $ZodEnum.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => enumProcessor(inst, ctx, json, params);
    inst.enum = def.entries;
    // reuse the parsed value set so a numeric TS enum's reverse-mapping keys stay out
    inst.options = [...inst._zod.values];
    const keys = new Set(Object.keys(def.entries));
    inst.extract = (values, params) => {
        const newEntries = {};
        for (const value of values) {
            if (keys.has(value)) {
                newEntries[value] = def.entries[value];
            }
            else
                throw new Error(`Key ${value} not found in enum`);
        }
        return new ZodEnum({
            ...def,
            checks: [],
            ...normalizeParams(params),
            entries: newEntries,
        });
    };
    inst.exclude = (values, params) => {
        const newEntries = { ...def.entries };
        for (const value of values) {
            if (keys.has(value)) {
                delete newEntries[value];
            }
            else
                throw new Error(`Key ${value} not found in enum`);
        }
        return new ZodEnum({
            ...def,
            checks: [],
            ...normalizeParams(params),
            entries: newEntries,
        });
    };
});
function schemas_enum(values, params) {
    const entries = Array.isArray(values) ? Object.fromEntries(values.map((v) => [v, v])) : values;
    return new ZodEnum({
        type: "enum",
        entries,
        ...normalizeParams(params),
    });
}

/** @deprecated This API has been merged into `z.enum()`. Use `z.enum()` instead.
 *
 * ```ts
 * enum Colors { red, green, blue }
 * z.enum(Colors);
 * ```
 */
function nativeEnum(entries, params) {
    return new ZodEnum({
        type: "enum",
        entries,
        ...util.normalizeParams(params),
    });
}
const ZodLiteral = /*@__PURE__*/ $constructor("ZodLiteral", (inst, def) => {
    $ZodLiteral.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => literalProcessor(inst, ctx, json, params);
    inst.values = new Set(def.values);
    Object.defineProperty(inst, "value", {
        get() {
            if (def.values.length > 1) {
                throw new Error("This schema contains multiple valid literal values. Use `.values` instead.");
            }
            return def.values[0];
        },
    });
});
function literal(value, params) {
    return new ZodLiteral({
        type: "literal",
        values: Array.isArray(value) ? value : [value],
        ...normalizeParams(params),
    });
}
const ZodFile = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodFile", (inst, def) => {
    core.$ZodFile.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.fileProcessor(inst, ctx, json, params);
    inst.min = (size, params) => inst.check(core._minSize(size, params));
    inst.max = (size, params) => inst.check(core._maxSize(size, params));
    inst.mime = (types, params) => inst.check(core._mime(Array.isArray(types) ? types : [types], params));
})));
function file(params) {
    return core._file(ZodFile, params);
}
const ZodTransform = /*@__PURE__*/ $constructor("ZodTransform", (inst, def) => {
    _ensureDefaultMemoizer();
    $ZodTransform.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => transformProcessor(inst, ctx, json, params);
    inst._zod.parse = (payload, _ctx) => {
        if (_ctx.direction === "backward") {
            throw new $ZodEncodeError(inst.constructor.name);
        }
        payload.addIssue = (issue) => {
            if (typeof issue === "string") {
                payload.issues.push(util_issue(issue, payload.value, def));
            }
            else {
                // for Zod 3 backwards compatibility
                const _issue = issue;
                if (_issue.fatal)
                    _issue.continue = false;
                _issue.code ?? (_issue.code = "custom");
                if (!("input" in _issue))
                    _issue.input = payload.value;
                _issue.inst ?? (_issue.inst = inst);
                // _issue.continue ??= true;
                payload.issues.push(util_issue(_issue));
            }
        };
        const output = def.transform(payload.value, payload);
        if (output instanceof Promise) {
            return output.then((output) => {
                payload.value = output;
                return payload;
            });
        }
        payload.value = output;
        return payload;
    };
});
function transform(fn) {
    return new ZodTransform({
        type: "transform",
        transform: fn,
    });
}
const ZodOptional = /*@__PURE__*/ $constructor("ZodOptional", (inst, def) => {
    $ZodOptional.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => optionalProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
});
function optional(innerType) {
    return new ZodOptional({
        type: "optional",
        innerType: innerType,
    });
}
const ZodExactOptional = /*@__PURE__*/ $constructor("ZodExactOptional", (inst, def) => {
    $ZodExactOptional.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => optionalProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
});
function exactOptional(innerType) {
    return new ZodExactOptional({
        type: "optional",
        innerType: innerType,
    });
}
const ZodNullable = /*@__PURE__*/ $constructor("ZodNullable", (inst, def) => {
    $ZodNullable.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => nullableProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
});
function nullable(innerType) {
    return new ZodNullable({
        type: "nullable",
        innerType: innerType,
    });
}
// nullish
function schemas_nullish(innerType) {
    return optional(nullable(innerType));
}
const ZodDefault = /*@__PURE__*/ $constructor("ZodDefault", (inst, def) => {
    $ZodDefault.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => defaultProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
    inst.removeDefault = inst.unwrap;
});
function schemas_default(innerType, defaultValue) {
    return new ZodDefault({
        type: "default",
        innerType: innerType,
        get defaultValue() {
            return typeof defaultValue === "function" ? defaultValue() : shallowClone(defaultValue);
        },
    });
}
const ZodPrefault = /*@__PURE__*/ $constructor("ZodPrefault", (inst, def) => {
    $ZodPrefault.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => prefaultProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
});
function prefault(innerType, defaultValue) {
    return new ZodPrefault({
        type: "prefault",
        innerType: innerType,
        get defaultValue() {
            return typeof defaultValue === "function" ? defaultValue() : shallowClone(defaultValue);
        },
    });
}
const ZodNonOptional = /*@__PURE__*/ $constructor("ZodNonOptional", (inst, def) => {
    $ZodNonOptional.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => nonoptionalProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
});
function nonoptional(innerType, params) {
    return new ZodNonOptional({
        type: "nonoptional",
        innerType: innerType,
        ...normalizeParams(params),
    });
}
const ZodSuccess = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodSuccess", (inst, def) => {
    core.$ZodSuccess.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.successProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
})));
function success(innerType) {
    return new ZodSuccess({
        type: "success",
        innerType: innerType,
    });
}
const ZodCatch = /*@__PURE__*/ $constructor("ZodCatch", (inst, def) => {
    $ZodCatch.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => catchProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
    inst.removeCatch = inst.unwrap;
});
function schemas_catch(innerType, catchValue) {
    return new ZodCatch({
        type: "catch",
        innerType: innerType,
        catchValue: (typeof catchValue === "function" ? catchValue : constantCatch(catchValue)),
    });
}

const ZodNaN = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodNaN", (inst, def) => {
    core.$ZodNaN.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.nanProcessor(inst, ctx, json, params);
})));
function nan(params) {
    return core._nan(ZodNaN, params);
}
const ZodPipe = /*@__PURE__*/ $constructor("ZodPipe", (inst, def) => {
    $ZodPipe.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => pipeProcessor(inst, ctx, json, params);
    inst.in = def.in;
    inst.out = def.out;
});
function pipe(in_, out) {
    return new ZodPipe({
        type: "pipe",
        in: in_,
        out: out,
        // ...util.normalizeParams(params),
    });
}
const ZodCodec = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodCodec", (inst, def) => {
    ZodPipe.init(inst, def);
    core.$ZodCodec.init(inst, def);
})));
function codec(in_, out, params) {
    return new ZodCodec({
        type: "pipe",
        in: in_,
        out: out,
        transform: params.decode,
        reverseTransform: params.encode,
    });
}
function invertCodec(codec) {
    const def = codec._zod.def;
    return new ZodCodec({
        type: "pipe",
        in: def.out,
        out: def.in,
        transform: def.reverseTransform,
        reverseTransform: def.transform,
    });
}
const ZodPreprocess = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodPreprocess", (inst, def) => {
    ZodPipe.init(inst, def);
    core.$ZodPreprocess.init(inst, def);
})));
const ZodReadonly = /*@__PURE__*/ $constructor("ZodReadonly", (inst, def) => {
    $ZodReadonly.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => readonlyProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
});
function readonly(innerType) {
    return new ZodReadonly({
        type: "readonly",
        innerType: innerType,
    });
}
const ZodTemplateLiteral = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodTemplateLiteral", (inst, def) => {
    core.$ZodTemplateLiteral.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.templateLiteralProcessor(inst, ctx, json, params);
})));
function templateLiteral(parts, params) {
    return new ZodTemplateLiteral({
        type: "template_literal",
        parts,
        ...util.normalizeParams(params),
    });
}
const ZodLazy = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodLazy", (inst, def) => {
    core.$ZodLazy.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.lazyProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.getter();
})));
function lazy(getter) {
    return new ZodLazy({
        type: "lazy",
        getter: getter,
    });
}
const ZodPromise = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodPromise", (inst, def) => {
    core.$ZodPromise.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.promiseProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
})));
function promise(innerType) {
    return new ZodPromise({
        type: "promise",
        innerType: innerType,
    });
}
const ZodFunction = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodFunction", (inst, def) => {
    core.$ZodFunction.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.functionProcessor(inst, ctx, json, params);
})));
function _function(params) {
    return new ZodFunction({
        type: "function",
        input: Array.isArray(params?.input) ? tuple(params?.input) : (params?.input ?? array(unknown())),
        output: params?.output ?? unknown(),
    });
}

const ZodCustom = /*@__PURE__*/ $constructor("ZodCustom", (inst, def) => {
    $ZodCustom.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => customProcessor(inst, ctx, json, params);
});
// custom checks
function check(fn) {
    const ch = new core.$ZodCheck({
        check: "custom",
        // ...util.normalizeParams(params),
    });
    ch._zod.check = fn;
    return ch;
}
function custom(fn, _params) {
    return core._custom(ZodCustom, fn ?? (() => true), _params);
}
function refine(fn, _params = {}) {
    return _refine(ZodCustom, fn, _params);
}
// superRefine
function superRefine(fn, params) {
    return _superRefine(fn, params);
}
// Re-export describe and meta from core
const schemas_describe = describe;
const schemas_meta = meta;
const ZodInstanceOf = /*@__PURE__*/ $constructor("ZodInstanceOf", (inst, def) => {
    ZodCustom.init(inst, def);
}, {
    properties(shape, params) {
        // asserts in place, so the narrowed output type is truthful without a wrapper
        return this.check(_properties(shape, params));
    },
});
function _instanceof(cls, params = {}) {
    const inst = new ZodInstanceOf({
        type: "custom",
        check: "custom",
        fn: (data) => data instanceof cls,
        abort: true,
        ...util.normalizeParams(params),
    });
    inst._zod.bag.Class = cls;
    // Override check to emit invalid_type instead of custom
    inst._zod.check = (payload) => {
        if (!(payload.value instanceof cls)) {
            payload.issues.push({
                code: "invalid_type",
                expected: cls.name,
                input: payload.value,
                inst,
                path: [...(inst._zod.def.path ?? [])],
            });
        }
    };
    return inst;
}

// stringbool
const stringbool = (...args) => core._stringbool({
    Codec: ZodCodec,
    Boolean: ZodBoolean,
    String: ZodString,
}, ...args);
function json(params) {
    const jsonSchema = lazy(() => {
        return union([schemas_string(params), schemas_number(), schemas_boolean(), schemas_null(), array(jsonSchema), record(schemas_string(), jsonSchema)]);
    });
    return jsonSchema;
}
// preprocess
function preprocess(fn, schema) {
    return new ZodPreprocess({
        type: "pipe",
        in: transform(fn),
        out: schema,
    });
}

;// CONCATENATED MODULE: ../../work/main/node_modules/zod/v4/classic/iso.js



function iso_datetime(params) {
    return _isoDateTime(ZodISODateTime, params);
}
function iso_date(params) {
    return core._isoDate(ZodISODate, params);
}
function iso_time(params) {
    return core._isoTime(ZodISOTime, params);
}
function iso_duration(params) {
    return core._isoDuration(ZodISODuration, params);
}

;// CONCATENATED MODULE: ./build/disk/disk-digest.js

/** Bytes. Small enough that a changed file costs little, large enough that a guest starts few hash processes. */
const diskChunkSize = 4 * 1024 ** 2;
/** The SHA-256 of one line `INDEX SHA256\n` for each chunk, in order: a guest can make it with coreutils alone. */
function hashChunkTable(chunks) {
    return sha256Of(chunks.map((chunk) => `${chunk.index} ${chunk.sha256}\n`).join(''));
}

;// CONCATENATED MODULE: ./build/store/document.js


/** Indented, since people read these too; the bytes are the same for the same document. */
function formatDocument(document) {
    return Buffer.from(`${JSON.stringify(document, undefined, 2)}\n`);
}
/**
 * Reads a document that anyone may have written.
 * @param name what it is called in the message
 * @throws Failure with one line that names the field that is wrong
 */
function parseDocument(kind, bytes, name) {
    if (bytes.length > kind.limit)
        throw new Failure(`${name} has ${bytes.length} bytes, more than the ${kind.limit} that it may have`);
    const content = parseJson(bytes, name);
    if (isNewer(content, kind.version)) {
        throw new Failure(`${name} has schema ${content.schema}, and this release knows ${kind.version}`, { mend: 'use a newer release of ch-golden' });
    }
    const result = kind.schema.safeParse(content);
    if (result.success)
        return result.data;
    throw new Failure(`${name} is not valid: ${describeIssue(result.error)}`, { cause: result.error });
}
function parseJson(bytes, name) {
    try {
        return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    }
    catch (error) {
        throw new Failure(`${name} is not JSON: ${oneLine(errorMessage(error))}`, { cause: error });
    }
}
function isNewer(content, known) {
    return typeof content === 'object' && content !== null && 'schema' in content
        && typeof content.schema === 'number' && content.schema > known;
}
/** The first thing that is wrong, as `files[0].name: Invalid input`. */
function describeIssue(error) {
    const issue = error.issues[0];
    const message = oneLine(issue?.message ?? 'unknown');
    return issue === undefined || issue.path.length === 0 ? message : `${oneLine(toDotPath(issue.path))}: ${message}`;
}
/** The bytes are foreign, and parts of them come along in messages: no line breaks, no terminal codes, no novels. */
function oneLine(text) {
    return text.replace(/\p{Cc}+/gu, ' ').slice(0, 200);
}

;// CONCATENATED MODULE: ./build/store/schema-parts.js

/** One line of text: what comes from a guest or from a foreign store must not reach a terminal with control codes. */
const schema_parts_text = schemas_string().max(4096).regex(/^\P{Cc}*$/u, 'not one line of text');
const hexDigest = schemas_string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in hexadecimal digits');
/** A number of bytes or things, or a place among them. */
const count = schemas_int().nonnegative();
const versionNumber = schemas_int().positive().max(999_999_999);
function fields(shape) {
    return object(shape).readonly();
}
function list(item) {
    return array(item).readonly();
}

;// CONCATENATED MODULE: ./build/store/manifest-smoke.js


const milliseconds = schemas_number().nonnegative();
const bootTimesSchema = fields({
    kernelMs: milliseconds,
    userspaceMs: milliseconds.exactOptional(),
    healthMs: milliseconds,
    slowestUnits: list(fields({ unit: schema_parts_text, milliseconds })),
});
const cloneSchema = fields({
    hostname: schema_parts_text,
    machineId: schema_parts_text,
    bootId: schema_parts_text,
    hostKeys: list(schema_parts_text),
    kernel: schema_parts_text,
    cloudInit: schema_parts_text,
    failedUnits: list(schema_parts_text),
    addresses: list(schema_parts_text),
    times: bootTimesSchema,
});
/** `SmokeReport` of the smoke room, field by field; a test keeps the two equal. */
const smokeReportSchema = fields({
    vmm: schemas_enum(['qemu', 'cloud-hypervisor']),
    vmmVersion: schema_parts_text,
    accelerator: schemas_enum(['kvm', 'tcg']),
    health: fields({ path: schema_parts_text, daemonVersion: schema_parts_text.exactOptional() }),
    clones: list(cloneSchema),
    restartMs: milliseconds,
    powerOffMs: milliseconds,
    chunksVerified: fields({ read: count, of: count }),
});

;// CONCATENATED MODULE: ./build/store/manifest.js






const builderSchema = fields({
    tool: schema_parts_text,
    repository: schema_parts_text.exactOptional(),
    commit: schema_parts_text.exactOptional(),
    run: schema_parts_text.exactOptional(),
}).describe('What built this version.');
const baseSchema = fields({
    reference: schema_parts_text.describe('What the user asked for.'),
    url: schema_parts_text.exactOptional(),
    serial: schema_parts_text.exactOptional(),
    signingKey: schema_parts_text.exactOptional().describe('The fingerprint of the key that signed the base.'),
    format: schemas_enum(['qcow2', 'raw']),
    sha256: hexDigest,
    size: count,
}).describe('The image that this one was made from.');
const daemonSchema = fields({
    version: schema_parts_text.exactOptional(),
    sha256: hexDigest,
    size: count,
    goVersion: schema_parts_text.exactOptional(),
    modules: list(fields({ path: schema_parts_text, version: schema_parts_text, sum: schema_parts_text.exactOptional() })),
});
const fileSchema = fields({
    role: schemas_enum(['image', 'kernel', 'initramfs', 'base']),
    name: schema_parts_text.describe('A plain file name; a base lies in images/, all others in snapshots/.'),
    size: count,
    sha256: hexDigest,
    chunkSize: schemas_int().positive(),
    chunks: list(hexDigest).describe('The SHA-256 of each chunk of the file, in order; the last can be shorter.'),
}).refine((file) => file.chunks.length === Math.ceil(file.size / file.chunkSize), {
    path: ['chunks'], error: 'not one for each chunk of the file',
});
const diskSchema = fields({
    virtualSize: count.describe('Bytes of the disk that a guest sees.'),
    chunkSize: schemas_int().positive(),
    sha256: hexDigest.describe('Of one line "INDEX SHA256\\n" for each chunk, in order.'),
    chunks: list(fields({ index: count, sha256: hexDigest })).describe('The chunks that are not all zeros.'),
    backingFile: schema_parts_text.exactOptional().describe('For a layered image: the relative path of the base.'),
}).refine((disk) => hashChunkTable(disk.chunks) === disk.sha256, { path: ['sha256'], error: 'not that of the chunks' });
/** Everything about a version. What it says of its own files is checked against its name: a reader can rely on it. */
const manifestSchema = fields({
    schema: literal(1),
    image: schema_parts_text.refine(isImageName, 'not the name of an image'),
    version: versionNumber,
    created: iso_datetime(),
    builder: builderSchema,
    fingerprint: hexDigest.describe('Of everything that went into the build; equal where nothing changed.'),
    base: baseSchema,
    daemon: daemonSchema,
    driver: schemas_enum(['inject', 'mount', 'libguestfs']),
    layout: schemas_enum(['flattened', 'layered']),
    compression: schemas_enum(['inherit', 'zstd', 'zlib', 'none']),
    edits: list(schema_parts_text).describe('What was done to the base, one line each.'),
    packages: list(fields({ name: schema_parts_text, version: schema_parts_text, architecture: schema_parts_text })),
    kernel: fields({ version: schema_parts_text }),
    cmdline: schema_parts_text.describe('The arguments that the kernel is to be started with.'),
    files: list(fileSchema),
    disk: diskSchema,
    cloudHypervisor: fields({ min: schema_parts_text, diskOptions: list(schema_parts_text) }).describe('The lowest release, and its --disk options.'),
    smoke: smokeReportSchema.nullable().describe('The proof that it boots; null where the smoke test was skipped.'),
    previous: versionNumber.exactOptional().describe('The version that the channel named when this one was built.'),
}).superRefine((manifest, context) => {
    const problem = tryFindFileProblem(manifest);
    if (problem !== undefined)
        context.addIssue({ code: 'custom', path: ['files'], message: problem });
});
const manifestKind = { schema: manifestSchema, version: 1, limit: 16 * 1024 ** 2 };
/** Bytes that a manifest can have: a 10 GB image with a 64 GB disk takes 3 MB. */
const manifestLimit = manifestKind.limit;
/** @throws Failure with one line that names the field that is wrong. */
function parseManifest(bytes, name) {
    return parseDocument(manifestKind, bytes, name);
}
function isImageName(name) {
    try {
        return checkImageName(name) === name;
    }
    catch {
        return false;
    }
}
/** A version has its three files, a layered one its base as well, each under the one name that it can have. */
function tryFindFileProblem({ image, version, files, layout, disk }) {
    const roles = ['image', 'kernel', 'initramfs', ...(layout === 'layered' ? ['base'] : [])];
    if (files.map((file) => file.role).sort().join() !== [...roles].sort().join())
        return `must be ${roles.join(', ')}`;
    if (layout !== 'layered' && disk.backingFile !== undefined)
        return 'a flattened image has no backing file';
    for (const { role, name, sha256 } of files) {
        if (role === 'base') {
            if (!isBaseName(name, sha256) || disk.backingFile !== backingFileOf(name))
                return 'the base must be named by its SHA-256, and by the backing file';
        }
        else if (name !== versionFileName(image, version, role)) {
            return `the name of the ${role} must be ${versionFileName(image, version, role)}`;
        }
    }
    return undefined;
}

;// CONCATENATED MODULE: ./build/store/store-index.js




const liveVersionSchema = fields({ version: versionNumber, manifestSha256: hexDigest });
const channelSchema = fields({
    version: versionNumber,
    manifestSha256: hexDigest,
    /** What the channel named before: the way back. */
    previous: versionNumber.exactOptional(),
});
const indexSchema = fields({
    schema: literal(1),
    image: schema_parts_text,
    /** Counts the changes. */
    generation: count,
    /** Differs with every change, so that no content comes twice and a writer knows its own. */
    nonce: schema_parts_text,
    /** The highest version that was ever published. */
    highest: count,
    live: list(liveVersionSchema),
    /** On their way out since then (ISO 8601): no longer to be taken, not yet removed. */
    retiring: list(fields({ version: versionNumber, since: iso_datetime() })),
    revoked: record(schemas_string().regex(/^[1-9]\d{0,8}$/), fields({ reason: schema_parts_text, at: iso_datetime(), replacement: versionNumber.exactOptional() }))
        .readonly(),
    channels: record(schemas_string().regex(channelName), channelSchema).readonly(),
}).superRefine((index, context) => {
    for (const [name, { version }] of Object.entries(index.channels)) {
        if (!index.live.some((live) => live.version === version)) {
            context.addIssue({ code: 'custom', path: ['channels', name, 'version'], message: `${version} is not live` });
        }
    }
});
/** Bytes: `keep` bounds the versions, and with them the document. */
const indexKind = { schema: indexSchema, version: 1, limit: 4 * 1024 ** 2 };
/** What an image has before its first version. */
function createIndex(image) {
    return { schema: 1, image, generation: 0, nonce: '', highest: 0, live: [], retiring: [], revoked: {}, channels: {} };
}
/** Makes a version exist. @throws Failure where the number is in use for something else. */
function addVersion(index, added) {
    const known = index.live.find((live) => live.version === added.version);
    if (known?.manifestSha256 === added.manifestSha256)
        return index;
    if (known !== undefined || index.retiring.some((retiring) => retiring.version === added.version)) {
        throw new Failure(`version ${added.version} of ${index.image} is published already, with other content`);
    }
    const live = [...index.live, added].sort((one, other) => one.version - other.version);
    return { ...index, live, highest: Math.max(index.highest, added.version) };
}
/** What a channel names; undefined where there is no such channel. @throws UsageError where none can have that name */
function tryGetChannel(index, channel) {
    return Object.hasOwn(index.channels, checkChannelName(channel)) ? index.channels[channel] : undefined;
}
/** What publishing does to a channel: a slow older build must not move it back. */
function moveChannelForward(index, channel, version) {
    const current = tryGetChannel(index, channel);
    return current !== undefined && current.version >= version ? index : moveChannelTo(index, channel, version);
}
/** Promotion and rollback: an explicit move to a live version. @throws Failure where it is not live, or is revoked. */
function moveChannelTo(index, channel, version) {
    const target = index.live.find((live) => live.version === version);
    if (target === undefined) {
        const known = index.live.map((live) => live.version).join(', ');
        throw new Failure(`version ${version} of ${index.image} is not live`, { mend: `live versions: ${known === '' ? 'none' : known}` });
    }
    const revocation = index.revoked[version];
    if (revocation !== undefined)
        throw new Failure(`version ${version} of ${index.image} is revoked: ${revocation.reason}`);
    const current = tryGetChannel(index, channel);
    if (current?.version === version)
        return index;
    const moved = { ...target, ...(current === undefined ? {} : { previous: current.version }) };
    return { ...index, channels: { ...index.channels, [channel]: moved } };
}
/** The live versions that may go: all but the newest `keep`, and never one that a channel names, or named before. */
function planRetention(index, keep) {
    if (!Number.isSafeInteger(keep) || keep < 2) {
        throw new UsageError(`keep must be a whole number of at least 2, not ${keep}`, { mend: 'the version before the latest is the way back' });
    }
    const named = new Set(Object.values(index.channels).flatMap(({ version, previous }) => [version, previous]));
    return index.live.map((live) => live.version).sort((one, other) => other - one).slice(keep).filter((version) => !named.has(version));
}
/** Takes from the readers what retention plans to remove. @param now ISO 8601 */
function startRetiring(index, keep, now) {
    const leaving = planRetention(index, keep);
    if (leaving.length === 0)
        return index;
    return {
        ...index,
        live: index.live.filter((live) => !leaving.includes(live.version)),
        retiring: [...index.retiring, ...leaving.map((version) => ({ version, since: now }))],
    };
}
/** Forgets retiring versions whose objects are removed. */
function finishRetiring(index, removed) {
    const retiring = index.retiring.filter(({ version }) => !removed.includes(version));
    return retiring.length === index.retiring.length ? index : { ...index, retiring };
}

;// CONCATENATED MODULE: ./build/store/update-index.js





const tries = 40;
/**
 * Changes the index as one compare-and-swap, and gives the index that is in the store then.
 * @throws Failure where others came first for all of the tries; whatever `change` throws
 */
async function updateIndex(request, ports) {
    const nonce = (0,external_node_crypto_namespaceObject.randomUUID)();
    for (let attempt = 0; attempt < tries; attempt += 1) {
        const swapped = await trySwap(request, nonce, ports.store);
        if (swapped !== undefined)
            return swapped;
        await ports.clock.sleep(Math.random() * Math.min(2000, 20 * 2 ** attempt));
    }
    throw new Failure(`${ports.store.uri(indexKey(request.image))} was changed by others ${tries} times while we tried to`);
}
/** The index of an image; an empty one before its first version. */
async function readIndex(image, store) {
    return (await readTagged(image, store)).index;
}
/** The index after the change; undefined where another writer came first. */
async function trySwap(request, nonce, store) {
    const current = await readTagged(request.image, store);
    const changed = request.change(current.index);
    if (changed === current.index)
        return changed;
    const next = { ...changed, generation: current.index.generation + 1, nonce };
    return await trySwapBytes(request, { tag: current.tag, bytes: formatDocument(next), nonce }, store) ? next : undefined;
}
/** The answer can get lost on the way back, whether it is good or bad: what is in the store decides. */
async function trySwapBytes(request, next, store) {
    const { image, owner } = request;
    parseDocument(indexKind, next.bytes, `the new index of ${image}`);
    const isOurs = async () => (await readIndex(image, store)).nonce === next.nonce;
    // A minute: hosts ask again with If-None-Match, and learn of a new version soon enough.
    const writer = { owner, cacheControl: 'public, max-age=60' };
    try {
        return await store.compareAndSwap(indexKey(image), next.tag, next.bytes, writer) === 'swapped' || await isOurs();
    }
    catch (error) {
        if (await isOurs())
            return true;
        throw error;
    }
}
async function readTagged(image, store) {
    const key = indexKey(image);
    const content = await store.read(key, indexKind.limit);
    if (content === undefined)
        return { index: createIndex(image), tag: undefined };
    const index = parseDocument(indexKind, content.bytes, store.uri(key));
    if (index.image !== image)
        throw new Failure(`${store.uri(key)} is the index of ${JSON.stringify(index.image)}`);
    return { index, tag: content.tag };
}

;// CONCATENATED MODULE: ./build/store/read-versions.js






/** The live versions of an image, newest first. */
async function listVersions(image, store) {
    const index = await readIndex(checkImageName(image), store);
    return index.live.map(({ version, manifestSha256 }) => {
        const channels = Object.entries(index.channels).filter(([, channel]) => channel.version === version).map(([name]) => name);
        const revocation = index.revoked[version];
        return { version, manifestSha256, channels, ...(revocation === undefined ? {} : { revoked: revocation.reason }) };
    }).sort((one, other) => other.version - one.version);
}
/** @throws Failure where the version is not live, or its manifest is not the one that was published. */
async function getVersion(image, version, store) {
    const found = await tryFollow(image, (index) => index.live.find((live) => live.version === version), store);
    if (found !== undefined)
        return found;
    throw new Failure(`version ${version} of ${image} is not live, says ${store.uri(indexKey(image))}`);
}
/** The version that a channel names; undefined where there is no such channel, as before the first version. @throws as `getVersion` does */
async function tryGetChannelVersion(image, channel, store) {
    return tryFollow(image, (index) => tryGetChannel(index, channel), store);
}
const read_versions_tries = 3;
/** From the index to a manifest. Retention can remove what an older index names: then a newer one is read. */
async function tryFollow(image, pick, store) {
    checkImageName(image);
    for (let attempt = 0;; attempt += 1) {
        const live = pick(await readIndex(image, store));
        if (live === undefined)
            return undefined;
        const key = documentKey(image, live.version, 'manifest.json');
        const content = await store.read(key, manifestLimit);
        if (content !== undefined)
            return readVersion(image, live, content.bytes, store.uri(key));
        if (attempt === read_versions_tries)
            throw new Failure(`${store.uri(key)} is missing, and the index names it`);
    }
}
function readVersion(image, live, bytes, uri) {
    if (sha256Of(bytes) !== live.manifestSha256)
        throw new Failure(`${uri} has another SHA-256 than the index says`);
    const manifest = parseManifest(bytes, uri);
    if (manifest.image !== image || manifest.version !== live.version)
        throw new Failure(`${uri} is the manifest of ${manifest.image}.${manifest.version}`);
    return { manifest, manifestSha256: live.manifestSha256 };
}

;// CONCATENATED MODULE: ./build/image/daemon-edits.js


const daemonUnit = 'daytona-daemon.service';
const daemonPath = '/usr/local/bin/daytona-daemon';
/** Puts the daemon in its place, with the unit of the guide, and enables it. */
function planDaemon(installation) {
    return [
        {
            kind: 'write',
            path: daemonPath,
            content: { file: installation.binary, sha256: installation.sha256 },
            attributes: rootOwned(0o755),
        },
        {
            kind: 'write',
            path: `/etc/systemd/system/${daemonUnit}`,
            content: { text: formatUnit(installation.environment) },
            attributes: rootOwned(0o644),
        },
        { kind: 'enable-unit', unit: daemonUnit, target: 'multi-user.target' },
    ];
}
function formatUnit(environment) {
    return [
        '[Unit]',
        'Description=Daytona Daemon Service',
        'After=network.target',
        '',
        '[Service]',
        `ExecStart=${daemonPath}`,
        'Restart=always',
        'RestartSec=3',
        'User=root',
        'Group=root',
        'Environment=HOME=/root',
        ...environment.map(formatEnvironment),
        'EnvironmentFile=-/etc/default/daytona-daemon',
        '',
        '[Install]',
        'WantedBy=multi-user.target',
        '',
    ].join('\n');
}
/** A line break would begin a setting of its own. Source of the quoting: systemd.syntax(7). */
function formatEnvironment(line) {
    if (!/^[A-Za-z_]\w*=[^\u0000-\u001f\u007f]*$/.test(line)) {
        throw new Failure(`a line of daemon-env must be KEY=VALUE without control characters: ${JSON.stringify(line).slice(0, 200)}`);
    }
    return `Environment="${line.replace(/[\\"]/g, '\\$&')}"`;
}

;// CONCATENATED MODULE: ./build/image/hygiene.js

/**
 * What must not be the same in two VMs, or must not leave the machine where the base was made.
 * The union of virt-sysprep's and kubernetes-sigs/image-builder's lists that applies to a file tree;
 * `audit.ts` proves it on the finished image.
 */
const hygieneEdits = [
    // Emptied, not removed: systemd makes a new one at boot, and a read-only root has a file to mount over (machine-id(5)).
    { kind: 'empty', path: '/etc/machine-id', attributes: rootOwned(0o444) },
    ...removals('/var/lib/dbus/machine-id', '/var/lib/cloud/*', '/etc/netplan/50-cloud-init.yaml', '/etc/ssh/ssh_host_*', '/var/lib/systemd/random-seed', '/var/lib/systemd/credential.secret', '/var/lib/urandom/random-seed', '/var/lib/dhcp/*', '/var/lib/dhclient/*', '/var/lib/NetworkManager/*', '/var/lib/systemd/network/*', '/etc/udev/rules.d/70-persistent-net.rules', '/var/log/**', '/var/crash/*', '/var/lib/apt/lists/**', '/var/cache/apt/archives/*.deb', '/var/cache/apt/*.bin', '/tmp/*', '/var/tmp/*', '/root/.bash_history', '/root/.lesshst', '/root/.viminfo', '/root/.wget-hsts', '/home/*/.bash_history', '/home/*/.lesshst', '/home/*/.viminfo'),
];
function removals(...patterns) {
    return patterns.map((pattern) => ({ kind: 'remove', pattern }));
}

;// CONCATENATED MODULE: ./build/app/plan-image.js


/** All that is done to a base, in order: what must not be in an image goes, then the daemon comes. */
function planImage(daemon, environment) {
    return [
        ...hygieneEdits,
        ...planDaemon({ binary: daemon.path, sha256: daemon.sha256, environment }),
    ];
}

;// CONCATENATED MODULE: ./build/app/plan-build.js




/** Says what a build would do with these inputs, and does nothing but look into the store. */
async function planBuild(inputs, ports) {
    const { base, image, smoke, publish } = inputs;
    const newest = await tryGetChannelVersion(publish.image, publish.channel, openStore(inputs.store.address, ports));
    const now = newest === undefined ? `there is no ${publish.channel} yet` : `${publish.channel} is ${publish.image}.${newest.manifest.version} now`;
    return {
        daemon: describeDaemon(inputs.daemon.request),
        base: `${base.reference}${newest?.manifest.base.serial === undefined || base.allowDowngrade ? '' : `, not older than serial ${newest.manifest.base.serial}`}`,
        edits: planImage({ path: '', sha256: '' }, inputs.daemon.environment).map(describeEdit),
        image: `${image.layout}, compression ${image.compression}, disk of ${image.diskSize / 1024 ** 3} GiB`,
        smoke: smoke.enabled ? `${smoke.clones} clones with ${smoke.cpus} CPUs and ${smoke.memoryMiB} MiB each, health path ${smoke.healthPath}, within ${smoke.timeoutMs / 1000} s` : 'none',
        publish: publish.dryRun
            ? 'nothing: this is a dry run'
            : `${publish.image}.${publish.version ?? 'N, the next free number'} to ${inputs.store.address}, ${now}; ${publish.keep} versions are kept${publish.ifUnchanged === 'skip' ? '; nothing where nothing changed' : ''}`,
    };
}
function describeDaemon(request) {
    const version = request.version === undefined ? '' : `, version ${request.version}`;
    switch (request.builder) {
        case 'go': return `go build ${request.packagePath} in ${request.source}${version}`;
        case 'nx': return `npx nx build daemon in ${request.source}${version}`;
        case 'prebuilt': return `${request.binary}${version}`;
    }
}

;// CONCATENATED MODULE: ./build/app/read-store.js


/** A version by its number, or the one that a channel names. @throws Failure where there is none */
async function getWantedVersion(request) {
    const { image, wanted, store } = request;
    if (typeof wanted === 'number')
        return getVersion(image, wanted, store);
    const found = await tryGetChannelVersion(image, wanted, store);
    if (found !== undefined)
        return found;
    throw new Failure(`there is no channel ${wanted} of ${image} in the store`, { mend: 'ch-golden list' });
}

;// CONCATENATED MODULE: ./build/base/user-namespace.js


/** root's usual one (login.defs, ENV_SUPATH): a plain user's PATH often lacks the administrators' folders. */
const rootSearchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/**
 * The command, made able to own files of any user: for root it is that already; for a plain user in a user namespace where
 * the caller is uid 0 and the caller's subuids are the other uids, so that a system's tree can be made without root.
 * The credentials change there, which clears the parent-death signal of `Processes`: it is set once more.
 */
function asRoot(argv, env = {}) {
    const prefix = ['--user', '--map-auto', '--map-root-user', '--', 'setpriv', '--pdeathsig', 'KILL', '--'];
    return {
        argv: process.getuid?.() === 0 ? argv : ['unshare', ...prefix, ...argv],
        env: { PATH: rootSearchPath, ...env },
    };
}
/** Removes a folder with all that is in it, also what a user namespace of ours made under other uids. */
async function removeTree(folder, ports) {
    try {
        await (0,external_node_fs_promises_namespaceObject.rm)(folder, { recursive: true, force: true });
    }
    catch (error) {
        if (!hasCode(error, 'EACCES') && !hasCode(error, 'EPERM'))
            throw error;
        await ports.processes.run({
            ...asRoot(['rm', '-rf', '--one-file-system', '--', folder]),
            evenAfterCancel: true,
            timeoutMs: 60_000,
        });
    }
}
/** The failure of a command that ran under `asRoot`, in the user's words where the namespace could not be made. */
function tryExplainNamespace(error) {
    const text = error.evidence.join('\n');
    const details = { evidence: error.evidence, cause: error };
    if (/\/etc\/sub[ug]id|newuidmap|newgidmap/.test(text)) {
        return new Failure('this user has no subordinate uids, which a system made without root needs', {
            mend: 'sudo apt-get install uidmap && sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "$USER"',
            ...details,
        });
    }
    if (/unshare.*(Operation not permitted|Permission denied)/.test(text)) {
        return new Failure('this user may not make a user namespace, which a system made without root needs', {
            mend: 'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu 24.04), or run as root',
            ...details,
        });
    }
    return undefined;
}

;// CONCATENATED MODULE: ./build/base/image-cache.js






/** Where the cache keeps the file with this digest. */
function cachedPath(cacheFolder, sha256) {
    return (0,external_node_path_.join)(cacheFolder, 'sha256', sha256);
}
/** The cached file with this digest, hashed anew; a file that is no longer what its name says is removed. */
async function tryGetCached(cacheFolder, sha256, ports) {
    const path = cachedPath(cacheFolder, sha256);
    if (!(await pathExists(path)))
        return undefined;
    const actual = await sha256OfFile(path, ports.signal);
    if (actual === sha256)
        return path;
    ports.log.warn(`cached base ${path} is damaged (its sha256 is ${actual}): removed`);
    await (0,external_node_fs_promises_namespaceObject.rm)(path, { force: true });
    return undefined;
}
/** Moves a whole and verified file into the cache, read-only, at once for every reader. Both are on one filesystem. */
async function addToCache(cacheFolder, file, sha256) {
    const path = cachedPath(cacheFolder, sha256);
    await (0,external_node_fs_promises_namespaceObject.mkdir)((0,external_node_path_.dirname)(path), { recursive: true });
    await (0,external_node_fs_promises_namespaceObject.chmod)(file, 0o444);
    const handle = await (0,external_node_fs_promises_namespaceObject.open)(file, 'r');
    try {
        await handle.sync();
    }
    finally {
        await handle.close();
    }
    await (0,external_node_fs_promises_namespaceObject.rename)(file, path);
    await syncFolder((0,external_node_path_.dirname)(path));
    return path;
}
const longestWaitSeconds = 3600;
/** Does `work` while no other run on this host does work of the same name in this cache. */
async function withLock(cacheFolder, name, ports, work) {
    const path = (0,external_node_path_.join)(cacheFolder, 'locks', name);
    await (0,external_node_fs_promises_namespaceObject.mkdir)((0,external_node_path_.dirname)(path), { recursive: true });
    const file = await (0,external_node_fs_promises_namespaceObject.open)(path, 'a');
    try {
        if (!(await tryLockFile(file, 0, ports.processes))) {
            ports.log.info(`waiting for another run on this host that is at work on ${name}`);
            if (!(await tryLockFile(file, longestWaitSeconds, ports.processes))) {
                throw new Failure(`another run on this host has been at work on ${name} for an hour`, { mend: `find it: fuser ${path}` });
            }
        }
        return await work();
    }
    finally {
        await file.close();
    }
}
/** As `withLock`, with an empty folder for scratch on the cache's filesystem. What a killed run left there is removed. */
async function withScratch(cacheFolder, name, ports, work) {
    return withLock(cacheFolder, name, ports, async () => {
        const folder = (0,external_node_path_.join)(cacheFolder, 'work', name);
        await removeTree(folder, ports);
        await (0,external_node_fs_promises_namespaceObject.mkdir)(folder, { recursive: true });
        try {
            return await work(folder);
        }
        finally {
            await removeTree(folder, ports);
        }
    });
}

;// CONCATENATED MODULE: ./build/base/make-bootstrap.js






const make_bootstrap_sectorBytes = 512;
const blockBytes = 4096;
const clusterBytes = 64 * 1024;
const roomBytes = 4 * 1024 ** 3;
const installWithinMs = 30 * 60_000;
/**
 * Makes a compressed qcow2 image of a system from its distribution's packages, without a loop device or a mount on the host:
 * root and plain users make the same. Answers with its path in the folder. @throws Failure
 */
async function makeBootstrapImage(request, ports) {
    const { recipe, folder } = request;
    await requireTools(ports);
    await requireRoom(folder);
    ports.log.info(`making a base from the packages of ${recipe.suite}: install about 80 s, filesystems 5 s, compression 15 s`);
    const tree = (0,external_node_path_.join)(folder, 'root');
    await installSystem(recipe, tree, ports);
    const boot = await finishTree(recipe, tree, folder);
    const disk = (0,external_node_path_.join)(folder, 'disk.raw');
    await layOutDisk({ disk, tree, boot, time: request.time }, ports);
    return compressDisk(disk, (0,external_node_path_.join)(folder, 'disk.qcow2'), ports);
}
/** Before the minutes that the first of them takes, and by name: what runs in a namespace is not looked up by `Processes`. */
async function requireTools({ processes }) {
    for (const program of ['mmdebstrap', 'sfdisk', 'mke2fs', 'mkfs.vfat', 'qemu-img']) {
        if (await processes.tryFind(program) !== undefined)
            continue;
        throw new Failure(`${program} is not installed`, { mend: `sudo apt-get install --no-install-recommends ${packageOfProgram[program] ?? program}` });
    }
}
async function requireRoom(folder) {
    const { bavail, bsize } = await (0,external_node_fs_promises_namespaceObject.statfs)(folder);
    if (bavail * bsize < roomBytes) {
        throw new Failure(`making a base takes ${roomBytes / 1024 ** 3} GiB in ${folder}: ${(bavail * bsize / 1024 ** 3).toFixed(1)} GiB are free`);
    }
}
async function installSystem(recipe, tree, ports) {
    try {
        await ports.processes.run({ ...installCommand(recipe, tree), timeoutMs: installWithinMs, onLine: (line) => ports.log.detail(line) });
    }
    catch (error) {
        throw error instanceof ToolError ? tryExplainNamespace(error) ?? explainInstall(error, recipe.suite) : error;
    }
}
/** mmdebstrap as root in namespaces that take its mounts and its children with them, however it ends. */
function installCommand(recipe, tree) {
    return asRoot([
        'unshare', '--mount', '--pid', '--fork', '--kill-child', '--',
        'mmdebstrap', '--mode=root', '--variant=important', '--format=directory',
        `--architectures=${recipe.architecture}`,
        `--components=${recipe.components.join(',')}`,
        `--include=${recipe.packages.join(',')}`,
        // It cannot be had in a user namespace, and no package here needs it.
        '--skip=chroot/mount/sys',
        recipe.suite, tree,
    ]);
}
/** mmdebstrap's and apt's own words, by what the user can do about them. */
function explainInstall(error, suite) {
    const text = error.evidence.join('\n');
    const details = { evidence: error.evidence.slice(-12), cause: error };
    const distribution = distributionOf(suite);
    if (/NO_PUBKEY|signatures couldn't be verified|is not signed/.test(text)) {
        const keyring = distribution === 'ubuntu' ? 'ubuntu-keyring' : 'debian-archive-keyring';
        return new Failure(`the keys that sign ${suite} are not on this machine`, { mend: `sudo apt-get install ${keyring}`, ...details });
    }
    if (text.includes('does not have a Release file')) {
        return new Failure(`the package mirror has no suite ${suite}`, { mend: 'a newer mmdebstrap may know where it is', ...details });
    }
    if (/Could not (connect|resolve)|Temporary failure|Cannot initiate the connection|Connection (timed out|failed)|Unable to connect/.test(text)) {
        return new Failure(`the package mirror of ${suite} cannot be reached`, {
            mend: 'check the network, or say a proxy in /etc/apt/apt.conf.d; base-image also takes a path',
            ...details,
        });
    }
    return new Failure(`${suite} could not be installed from its packages: ${error.message}`, details);
}
/** Adds and removes files as the recipe says, and takes `/boot` out for a filesystem of its own. Answers with its new place. */
async function finishTree(recipe, tree, folder) {
    for (const [name, content] of Object.entries(recipe.files)) {
        await (0,external_node_fs_promises_namespaceObject.mkdir)((0,external_node_path_.dirname)((0,external_node_path_.join)(tree, name)), { recursive: true });
        await (0,external_node_fs_promises_namespaceObject.writeFile)((0,external_node_path_.join)(tree, name), content);
    }
    for (const name of machineFiles)
        await (0,external_node_fs_promises_namespaceObject.rm)((0,external_node_path_.join)(tree, name), { force: true });
    // Only root can make device nodes; the kernel makes them at boot.
    await (0,external_node_fs_promises_namespaceObject.rm)((0,external_node_path_.join)(tree, 'dev'), { recursive: true });
    await (0,external_node_fs_promises_namespaceObject.mkdir)((0,external_node_path_.join)(tree, 'dev'));
    const boot = (0,external_node_path_.join)(folder, 'boot');
    await (0,external_node_fs_promises_namespaceObject.rename)((0,external_node_path_.join)(tree, 'boot'), boot);
    await (0,external_node_fs_promises_namespaceObject.mkdir)((0,external_node_path_.join)(tree, 'boot'));
    const names = await (0,external_node_fs_promises_namespaceObject.readdir)(boot);
    if (!['vmlinuz-', 'initrd.img-'].every((start) => names.some((name) => name.startsWith(start)))) {
        throw new Failure(`the packages brought no kernel with its initramfs into /boot, but ${names.join(', ') || 'nothing'}`);
    }
    return boot;
}
async function layOutDisk({ disk, tree, boot, time }, { processes, log }) {
    log.detail('laying out the disk as noble is');
    const file = await (0,external_node_fs_promises_namespaceObject.open)(disk, 'wx');
    await file.truncate(diskSectors * make_bootstrap_sectorBytes);
    await file.close();
    await processes.run({ argv: ['sfdisk', '--quiet', disk], input: formatPartitionTable() });
    const { root, boot: bootPartition, esp } = partitions;
    const env = { E2FSPROGS_FAKE_TIME: String(time) };
    await processes.run(asRoot(ext4Command(disk, root, 'cloudimg-rootfs', tree), env));
    await processes.run(asRoot(ext4Command(disk, bootPartition, 'BOOT', boot), env));
    await processes.run({
        argv: ['mkfs.vfat', '--invariant', '-F', '32', '-n', 'UEFI', `--offset=${esp.start}`, disk, String(esp.size * make_bootstrap_sectorBytes / 1024)],
    });
}
/** mke2fs copies the folder straight into the partition's place in the file. */
function ext4Command(disk, { number, start, size }, label, folder) {
    const uuid = fixedUuid(number);
    return [
        'mke2fs', '-q', '-F', '-t', 'ext4', '-b', String(blockBytes), '-L', label, '-U', uuid, '-d', folder,
        // With its tables made whole now, the guest does not write zeros into its overlay for minutes.
        '-E', `offset=${start * make_bootstrap_sectorBytes},hash_seed=${uuid},lazy_itable_init=0,lazy_journal_init=0,nodiscard`,
        disk, String(Math.floor(size * make_bootstrap_sectorBytes / blockBytes)),
    ];
}
async function compressDisk(disk, image, { processes, log }) {
    log.detail('compressing the disk');
    await processes.run({
        // zlib is what Ubuntu's own images are compressed with.
        argv: ['qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', '-c', '-o', 'compression_type=zlib', '-W', '-m', '8', disk, image],
    });
    // QEMU ends in the middle of a sector after a compressed cluster; Cloud Hypervisor v53 reads whole sectors.
    const { size } = await (0,external_node_fs_promises_namespaceObject.stat)(image);
    await (0,external_node_fs_promises_namespaceObject.truncate)(image, Math.ceil(size / clusterBytes) * clusterBytes);
    return image;
}

;// CONCATENATED MODULE: ./build/base/serial.js

/** A distribution's dated serial: `20261101`, or `20261101.2` for the second build of a day. */
function isSerial(text) {
    return /^\d{8}(\.\d{1,4})?$/.test(text);
}
/** Negative where `a` is older than `b`. */
function compareSerials(a, b) {
    const [dayA = 0, buildA = 0] = a.split('.').map(Number);
    const [dayB = 0, buildB = 0] = b.split('.').map(Number);
    return dayA - dayB || buildA - buildB;
}
/** Midnight, UTC, of the serial's day; milliseconds since the epoch. */
function dayOfSerial(serial) {
    return Date.UTC(Number(serial.slice(0, 4)), Number(serial.slice(4, 6)) - 1, Number(serial.slice(6, 8)));
}
/** The serial of what is made at this time. */
function serialOf(milliseconds) {
    return new Date(milliseconds).toISOString().slice(0, 10).replaceAll('-', '');
}
/** @throws Failure where the base is older than the one of the newest published version, and that was not allowed. */
function refuseDowngrade(request) {
    const { reference, serial, newestSerial } = request;
    if (newestSerial === undefined || request.allowDowngrade || compareSerials(serial, newestSerial) >= 0)
        return;
    throw new Failure(`base ${reference} has serial ${serial}, older than ${newestSerial} of the newest published version`, {
        mend: 'a mirror may be stuck or hostile; where the step back is wanted: allow-downgrade: true',
    });
}

;// CONCATENATED MODULE: ./build/base/bootstrap-image.js







/**
 * The image of a suite: the one in the cache, however old, or else a new one. It is made once for a recipe,
 * so that a build can be repeated; removing the cache folder's `bootstrap/` makes the next run make it anew.
 */
async function getBootstrapImage(suite, cacheFolder, ports) {
    const recipe = createRecipe(suite);
    const key = `${suite}-${sha256Of(JSON.stringify(recipe)).slice(0, 16)}`;
    const known = await tryGetKnown(key, cacheFolder, ports);
    if (known !== undefined)
        return known;
    return withScratch(cacheFolder, `bootstrap-${key}`, ports, async (folder) => (await tryGetKnown(key, cacheFolder, ports) ?? await makeAndKeep({ recipe, key, cacheFolder, folder }, ports)));
}
async function tryGetKnown(key, cacheFolder, ports) {
    const entry = await tryReadEntry(entryPath(cacheFolder, key));
    if (entry === undefined)
        return undefined;
    const path = await tryGetCached(cacheFolder, entry.sha256, ports);
    if (path === undefined)
        return undefined;
    const days = Math.floor((ports.clock.now() - dayOfSerial(entry.serial)) / (24 * 3600 * 1000));
    ports.log.info(`base of ${key} is in the cache, made on ${entry.serial}, ${days} days ago`);
    return { path, ...entry };
}
async function tryReadEntry(path) {
    try {
        const { sha256, serial } = JSON.parse(await (0,external_node_fs_promises_namespaceObject.readFile)(path, 'utf8'));
        if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
            return undefined;
        return typeof serial === 'string' && isSerial(serial) ? { sha256, serial } : undefined;
    }
    catch {
        return undefined;
    }
}
async function makeAndKeep({ recipe, key, cacheFolder, folder }, ports) {
    const serial = serialOf(ports.clock.now());
    const made = await makeBootstrapImage({ recipe, folder, time: dayOfSerial(serial) / 1000 }, ports);
    const sha256 = await sha256OfFile(made, ports.signal);
    const path = await addToCache(cacheFolder, made, sha256);
    const entry = entryPath(cacheFolder, key);
    await (0,external_node_fs_promises_namespaceObject.mkdir)((0,external_node_path_.dirname)(entry), { recursive: true });
    await writeFileAtomically(entry, `${JSON.stringify({ sha256, serial })}\n`);
    return { path, sha256, serial };
}
function entryPath(cacheFolder, key) {
    return (0,external_node_path_.join)(cacheFolder, 'bootstrap', `${key}.json`);
}

;// CONCATENATED MODULE: ./build/base/http.js

/** A request that got no good answer. `status` is undefined where there was no answer, or one that broke off. */
class HttpError extends Failure {
    status;
    constructor(message, status, cause) {
        super(message, { cause });
        this.status = status;
    }
}
const mostRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);
/** True where the same request can succeed a moment later. */
function isTransient(error) {
    return error instanceof HttpError
        && (error.status === undefined || error.status === 408 || error.status === 429 || error.status >= 500);
}
/** A URL as it may be shown: without user, password and query, which carry credentials. */
function redactUrl(url) {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
}
/** Opens a URL and follows redirects, never from https to http. @throws HttpError; Failure for a redirect that is refused. */
async function openUrl(request, signal) {
    let next = separateCredentials(new URL(request.url));
    for (let hop = 0; hop <= mostRedirects; hop++) {
        const answer = await ask(next, request, signal);
        const location = answer.headers.get('location');
        if (!redirects.has(answer.status) || location === null)
            return answer;
        answer.close();
        next = followRedirect(next, location);
    }
    throw new Failure(`${redactUrl(request.url)} redirects more than ${mostRedirects} times`);
}
/** A small document whole. @throws HttpError unless the answer is 200; Failure where it is larger than `mostBytes`. */
async function fetchDocument(request, mostBytes, signal) {
    const answer = await openUrl(request, signal);
    try {
        if (answer.status !== 200)
            throw new HttpError(`${redactUrl(request.url)} answers ${answer.status}`, answer.status);
        const parts = [];
        let size = 0;
        for await (const chunk of answer.chunks()) {
            size += chunk.length;
            if (size > mostBytes)
                throw new Failure(`${redactUrl(request.url)} is larger than ${mostBytes} bytes`);
            parts.push(chunk);
        }
        return Buffer.concat(parts);
    }
    finally {
        answer.close();
    }
}
/** fetch refuses URLs with credentials in them: they go into a header. */
function separateCredentials(url) {
    const { username, password } = url;
    if (username === '' && password === '')
        return { url };
    const bare = new URL(url);
    bare.username = '';
    bare.password = '';
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return { url: bare, authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}
function followRedirect(from, location) {
    const shown = redactUrl(from.url.href);
    if (!URL.canParse(location, from.url.href))
        throw new Failure(`${shown} redirects to what is no URL`);
    const to = separateCredentials(new URL(location, from.url));
    if (to.url.protocol !== 'https:' && to.url.protocol !== from.url.protocol) {
        throw new Failure(`${shown} redirects from ${from.url.protocol}// to ${to.url.protocol}//, which is refused`);
    }
    const keeps = to.authorization === undefined && from.authorization !== undefined && to.url.origin === from.url.origin;
    return keeps ? { ...to, authorization: from.authorization } : to;
}
async function ask(target, request, signal) {
    const shown = redactUrl(target.url.href);
    const controller = new AbortController();
    const ends = AbortSignal.any([signal, controller.signal]);
    const guard = async (work) => withinSilence(work, { shown, request, controller, signal });
    const response = await guard(fetch(target.url, {
        redirect: 'manual',
        signal: ends,
        // Bytes are counted and asked for by range: they must come as they are stored.
        headers: { 'accept-encoding': 'identity', ...request.headers, ...(target.authorization === undefined ? {} : { authorization: target.authorization }) },
    }));
    return {
        status: response.status,
        headers: response.headers,
        chunks: async function* () {
            const reader = response.body?.getReader();
            for (;;) {
                const part = await guard(reader?.read() ?? Promise.resolve({ done: true, value: undefined }));
                if (part.done)
                    return;
                yield part.value;
            }
        },
        close: () => controller.abort(),
    };
}
async function withinSilence(work, { shown, request, controller, signal }) {
    const timer = setTimeout(() => {
        controller.abort(new HttpError(`${shown} has been silent for ${request.silenceMs / 1000} s`));
    }, request.silenceMs);
    try {
        return await work;
    }
    catch (error) {
        signal.throwIfAborted();
        if (error instanceof Failure)
            throw error;
        throw new HttpError(`${shown} cannot be read: ${describeCause(error)}`, undefined, error);
    }
    finally {
        clearTimeout(timer);
    }
}
/** fetch says "fetch failed" and keeps why in the cause, which has no message where several addresses were tried. */
function describeCause(error) {
    const cause = error.cause ?? error;
    const { code, message } = cause;
    return [code, message].find((text) => typeof text === 'string' && text !== '') ?? errorMessage(cause);
}

;// CONCATENATED MODULE: ./build/base/retry.js


const mostTries = 5;
const firstPauseMs = 1000;
/**
 * Tries again, after pauses of 1, 2, 4 and 8 s, what fails for a reason that passes. Where `gotFurther` says that the try which
 * just failed got further than the one before, the count starts again. @throws Failure with the last reason.
 */
async function retryTransient(ports, work, gotFurther = () => false) {
    for (let tries = 1;; tries++) {
        try {
            return await work();
        }
        catch (error) {
            if (!isTransient(error))
                throw error;
            if (gotFurther())
                tries = 1;
            if (tries === mostTries)
                throw new Failure(`${errorMessage(error)}; given up after ${mostTries} tries`, { cause: error });
            const pauseMs = firstPauseMs * 2 ** (tries - 1);
            ports.log.warn(`${errorMessage(error)}; again in ${pauseMs / 1000} s`);
            await ports.clock.sleep(pauseMs, ports.signal);
        }
    }
}

;// CONCATENATED MODULE: ./build/base/download.js







/**
 * Downloads a file and hashes it as it comes. A broken download is continued by Range, by this run and by later ones,
 * where the server names the version by a strong ETag or a date (RFC 9110, 13.1.5); otherwise it starts again.
 * @throws Failure; the file stays where it can be continued, and is removed where it is wrong.
 */
async function downloadFile(request, ports) {
    await (0,external_node_fs_promises_namespaceObject.mkdir)((0,external_node_path_.dirname)(request.file), { recursive: true });
    const part = await openPart(request.file, ports.signal);
    try {
        await fetchRest(part, request, ports);
        await part.handle.sync();
    }
    finally {
        await part.handle.close();
        if (part.size === 0)
            await removePart(request.file);
    }
    await (0,external_node_fs_promises_namespaceObject.rm)(validatorFile(request.file), { force: true });
}
/** Removes what a download left behind. */
async function removePart(file) {
    await (0,external_node_fs_promises_namespaceObject.rm)(file, { force: true });
    await (0,external_node_fs_promises_namespaceObject.rm)(validatorFile(file), { force: true });
}
const validatorFile = (file) => `${file}.validator`;
const worthwhileBytes = 1024 ** 2;
async function openPart(file, signal) {
    const validator = await (0,external_node_fs_promises_namespaceObject.readFile)(validatorFile(file), 'utf8').catch(() => undefined);
    const handle = await (0,external_node_fs_promises_namespaceObject.open)(file, 'a');
    // Bytes of an unknown version cannot be continued.
    if (validator === undefined)
        await handle.truncate(0);
    const part = { handle, size: 0, hash: (0,external_node_crypto_namespaceObject.createHash)('sha256'), validator };
    for await (const chunk of (0,external_node_fs_.createReadStream)(file, { highWaterMark: worthwhileBytes, signal })) {
        part.hash.update(chunk);
        part.size += chunk.length;
    }
    return part;
}
async function fetchRest(part, request, ports) {
    const label = redactUrl(request.url);
    if (part.size > 0)
        ports.log.info(`${label}: goes on from byte ${part.size}`);
    let reached = part.size;
    const gotFurther = () => {
        const further = part.size >= reached + worthwhileBytes;
        reached = part.size;
        return further;
    };
    if (digestOf(part) === request.sha256)
        return;
    await retryTransient(ports, async () => fetchOnce(part, request, ports), gotFurther);
    const digest = digestOf(part);
    if (digest === request.sha256)
        return;
    await clearPart(part, request.file);
    throw new Failure(`${label}: its sha256 is ${digest}, not ${request.sha256}`);
}
function digestOf(part) {
    return part.hash.copy().digest('hex');
}
async function fetchOnce(part, request, ports) {
    const headers = part.size > 0 && part.validator !== undefined
        ? { range: `bytes=${part.size}-`, 'if-range': part.validator }
        : {};
    const answer = await openUrl({ url: request.url, headers, silenceMs: request.silenceMs }, ports.signal);
    try {
        const total = await startOrContinue(part, request, answer);
        for await (const chunk of answer.chunks()) {
            if (part.size + chunk.length > request.mostBytes)
                await refuseSize(part, request, part.size + chunk.length);
            await part.handle.appendFile(chunk);
            part.hash.update(chunk);
            part.size += chunk.length;
            ports.log.progress(redactUrl(request.url), part.size, total);
        }
        if (total !== undefined && part.size !== total) {
            throw new HttpError(`${redactUrl(request.url)} ended after ${part.size} of ${total} bytes`);
        }
    }
    finally {
        answer.close();
    }
}
/** Makes the part fit the answer; answers with the size of the whole file, where the server says it. */
async function startOrContinue(part, request, answer) {
    const shown = redactUrl(request.url);
    if (answer.status !== 200 && answer.status !== 206 && answer.status !== 416) {
        throw new HttpError(`${shown} answers ${answer.status}`, answer.status);
    }
    const total = answer.status === 200 ? download_parseSize(answer.headers.get('content-length')) : continuedTotal(part, answer);
    if (answer.status !== 200 && total === undefined) {
        await clearPart(part, request.file);
        throw new HttpError(`${shown} does not continue the bytes that are here: it starts again`);
    }
    if (total !== undefined && total > request.mostBytes)
        await refuseSize(part, request, total);
    if (answer.status === 200) {
        await clearPart(part, request.file);
        part.validator = readValidator(answer.headers);
        if (part.validator !== undefined)
            await (0,external_node_fs_promises_namespaceObject.writeFile)(validatorFile(request.file), part.validator);
    }
    return total;
}
/** The whole size from `Content-Range`, where it continues exactly our bytes of exactly our version. */
function continuedTotal(part, answer) {
    const [, start, end, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.headers.get('content-range') ?? '') ?? [];
    const validator = readValidator(answer.headers);
    const isSameVersion = validator === undefined || validator === part.validator;
    const isRest = Number(start) === part.size && Number(end) === Number(total) - 1;
    return answer.status === 206 && isSameVersion && isRest ? Number(total) : undefined;
}
function readValidator(headers) {
    const etag = headers.get('etag');
    if (etag?.startsWith('"') === true)
        return etag;
    return headers.get('last-modified') ?? undefined;
}
function download_parseSize(header) {
    return header !== null && /^\d+$/.test(header) ? Number(header) : undefined;
}
async function refuseSize(part, request, size) {
    await clearPart(part, request.file);
    throw new Failure(`${redactUrl(request.url)} has ${size} bytes or more: at most ${request.mostBytes} are taken`);
}
async function clearPart(part, file) {
    await part.handle.truncate(0);
    await (0,external_node_fs_promises_namespaceObject.rm)(validatorFile(file), { force: true });
    part.size = 0;
    part.hash = (0,external_node_crypto_namespaceObject.createHash)('sha256');
    part.validator = undefined;
}

;// CONCATENATED MODULE: ./build/disk/qcow2-header.js


const qcow2_header_magic = 0x514649fb;
const headerBytes = 1024 + 4096;
const largestDisk = 64n * 1024n ** 4n;
const feature = { dirty: 1n, corrupt: 2n, externalData: 4n, compression: 8n, extendedL2: 16n };
const knownFeatures = Object.values(feature).reduce((mask, bit) => mask | bit, 0n);
/** True where a file starts with qcow2's magic number. */
function isQcow2(bytes) {
    return bytes.length >= 4 && bytes.readUInt32BE(0) === qcow2_header_magic;
}
/** Reads a qcow2 header, bounded: nothing that the file says makes this read more than 5 KiB. @throws Failure */
async function readQcow2Header(path) {
    const file = await (0,external_node_fs_promises_namespaceObject.open)(path, 'r');
    try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
        return parseQcow2Header(buffer.subarray(0, bytesRead));
    }
    finally {
        await file.close();
    }
}
/** @throws Failure where the bytes are no qcow2 header, or one that no honest tool writes. */
function parseQcow2Header(bytes) {
    if (!isQcow2(bytes))
        throw new Failure('not a qcow2 image: it does not start with its magic number');
    if (bytes.length < 72)
        throw new Failure('not a whole qcow2 image: its header ends early');
    const version = bytes.readUInt32BE(4);
    if (version !== 2 && version !== 3)
        throw new Failure(`qcow2 version ${version} is unknown: 2 and 3 are known`);
    if (version === 3 && bytes.length < 105)
        throw new Failure('not a whole qcow2 image: its header ends early');
    const features = version === 3 ? bytes.readBigUInt64BE(72) : 0n;
    const backingFile = readBackingFile(bytes);
    return {
        version,
        clusterSize: readClusterSize(bytes),
        virtualSize: readVirtualSize(bytes),
        ...(backingFile === undefined ? {} : { backingFile }),
        encrypted: bytes.readUInt32BE(32) !== 0,
        compressionType: readCompressionType(bytes, features),
        externalDataFile: (features & feature.externalData) !== 0n,
        extendedL2: (features & feature.extendedL2) !== 0n,
        corrupt: (features & feature.corrupt) !== 0n,
        unknownFeatures: features & ~knownFeatures,
    };
}
function readClusterSize(bytes) {
    const bits = bytes.readUInt32BE(20);
    if (bits < 9 || bits > 21)
        throw new Failure(`qcow2 cluster size of 2^${bits} bytes: 2^9 to 2^21 are valid`);
    return 2 ** bits;
}
function readVirtualSize(bytes) {
    const size = bytes.readBigUInt64BE(24);
    if (size > largestDisk)
        throw new Failure(`qcow2 disk of ${size} bytes: more than 64 TiB is refused`);
    return Number(size);
}
function readBackingFile(bytes) {
    const offset = bytes.readBigUInt64BE(8);
    if (offset === 0n)
        return undefined;
    const length = bytes.readUInt32BE(16);
    if (length > 1023 || offset + BigInt(length) > BigInt(bytes.length)) {
        throw new Failure('qcow2 backing file name lies outside of the header');
    }
    return bytes.toString('utf8', Number(offset), Number(offset) + length);
}
function readCompressionType(bytes, features) {
    if ((features & feature.compression) === 0n)
        return 'zlib';
    const type = bytes.readUInt8(104);
    if (type > 1)
        throw new Failure(`qcow2 compression type ${type} is unknown: zlib and zstd are known`);
    return type === 1 ? 'zstd' : 'zlib';
}

;// CONCATENATED MODULE: ./build/base/inspect-image.js



const inspect_image_sectorBytes = 512;
/** The first sectors up to the GPT header of a disk with sectors of 4096 bytes. */
const startBytes = 4096 + 8;
/**
 * Finds out what a file is by what is in it, and refuses what must not be a base.
 * The file is not trusted: QEMU sees it only after its header was accepted, with its format said, and under limits.
 * @throws Failure
 */
async function inspectImage(path, ports) {
    const { size } = await (0,external_node_fs_promises_namespaceObject.stat)(path);
    const start = await readStart(path);
    if (!isQcow2(start)) {
        refuseUnlessRaw(start, size);
        return { format: 'raw', compression: 'none', size, virtualSize: size };
    }
    const header = await readQcow2Header(path);
    refuseHeader(header);
    const compressedClusters = await countCompressedClusters(path, ports);
    return { format: 'qcow2', compression: compressedClusters > 0 ? header.compressionType : 'none', size, virtualSize: header.virtualSize };
}
async function readStart(path) {
    const file = await (0,external_node_fs_promises_namespaceObject.open)(path, 'r');
    try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(startBytes), 0, startBytes, 0);
        return buffer.subarray(0, bytesRead);
    }
    finally {
        await file.close();
    }
}
/** What users take for a disk image, by its first bytes. */
const otherFormats = [
    ['1f8b', 'gzip: unpack it first'],
    ['fd377a585a00', 'xz: unpack it first'],
    ['28b52ffd', 'zstd: unpack it first'],
    ['504b0304', 'zip: unpack it first'],
    ['4b444d56', 'VMDK'],
    ['7668647866696c65', 'VHDX'],
    ['514544', 'QED'],
    ['3c21', 'a web page'],
    ['3c68746d6c', 'a web page'],
];
function refuseUnlessRaw(start, size) {
    const isGpt = [512, 4096].some((offset) => start.toString('latin1', offset, offset + 8) === 'EFI PART');
    const isMbr = start.length >= inspect_image_sectorBytes && start.readUInt16LE(510) === 0xaa55;
    if (!isGpt && !isMbr) {
        const guess = otherFormats.find(([bytes]) => start.toString('hex').startsWith(bytes))?.[1];
        throw new Failure(`not a disk image: neither qcow2 nor raw with a partition table${guess === undefined ? '' : `, but ${guess}`}`);
    }
    if (size % inspect_image_sectorBytes !== 0)
        throw new Failure(`raw image of ${size} bytes is not whole: not a multiple of ${inspect_image_sectorBytes}`);
}
function refuseHeader(header) {
    const refuse = (what, mend) => {
        throw new Failure(`qcow2 image ${what} cannot be a base`, mend === undefined ? {} : { mend });
    };
    const convert = 'qemu-img convert -O qcow2 makes a plain one of an image that you trust';
    if (header.backingFile !== undefined)
        refuse('with a backing file', convert);
    if (header.externalDataFile)
        refuse('with an external data file', convert);
    if (header.encrypted)
        refuse('that is encrypted', convert);
    if (header.corrupt)
        refuse('that is marked corrupt', 'qemu-img check -r all, or fetch it anew');
    if (header.extendedL2)
        refuse('with extended L2 entries, which Cloud Hypervisor does not read,', convert);
    if (header.unknownFeatures !== 0n)
        refuse(`with features that are unknown here (0x${header.unknownFeatures.toString(16)})`, convert);
    if (header.virtualSize === 0)
        refuse('of 0 bytes');
}
const memoryBytes = 1024 ** 3;
const cpuSeconds = 60;
const checkWithinMs = 120_000;
/** Walks every table of the image, which also finds a truncated or a damaged one. */
async function countCompressedClusters(path, { processes }) {
    try {
        const { stdout } = await processes.run({
            argv: ['prlimit', `--as=${memoryBytes}`, `--cpu=${cpuSeconds}`, '--', 'qemu-img', 'check', '--output=json', '-f', 'qcow2', '--', path],
            timeoutMs: checkWithinMs,
        });
        // QEMU leaves the field out where there are none.
        return JSON.parse(stdout)['compressed-clusters'] ?? 0;
    }
    catch (error) {
        if (!(error instanceof ToolError))
            throw error;
        throw explainCheck(error);
    }
}
/** Exit codes: qemu-img(1), "check". */
function explainCheck(error) {
    const details = { evidence: error.evidence.slice(-5), cause: error };
    if (error.exitCode === 2)
        return new Failure('qcow2 image is truncated or damaged', details);
    if (error.exitCode === 3) {
        return new Failure('qcow2 image has leaked clusters: it was not closed cleanly', { mend: 'qemu-img check -r leaks', ...details });
    }
    return new Failure(`qcow2 image could not be checked: ${error.message}`, details);
}

;// CONCATENATED MODULE: ./build/base/signature.js



/** Verifies a detached signature. @throws Failure unless exactly the wanted key made it and it is good. */
async function verifySignature(request, ports) {
    const { folder } = request;
    const [signed, signature, home] = [(0,external_node_path_.join)(folder, 'signed'), (0,external_node_path_.join)(folder, 'signature'), (0,external_node_path_.join)(folder, 'home')];
    await (0,external_node_fs_promises_namespaceObject.writeFile)(signed, request.signed);
    await (0,external_node_fs_promises_namespaceObject.writeFile)(signature, request.signature);
    await (0,external_node_fs_promises_namespaceObject.mkdir)(home, { mode: 0o700 });
    try {
        const { stdout } = await ports.processes.run({
            argv: ['gpgv', '--homedir', home, '--status-fd', '1', '--keyring', request.keyring, '--', signature, signed],
            timeoutMs: 30_000,
        });
        return parseStatus(stdout, request);
    }
    catch (error) {
        if (!(error instanceof ToolError) || error.exitCode === undefined)
            throw error;
        throw new Failure(`the signature of ${request.label} is not good`, { evidence: error.evidence, cause: error });
    }
}
/** Hash algorithms of RFC 9580, 9.5, that still hold: SHA-256, 384, 512. gpgv by itself takes SHA-1. */
const strongHashes = ['8', '9', '10'];
/**
 * Reads gpgv's status lines: GnuPG, doc/DETAILS. gpgv exits with 0 also where the key has expired or was revoked,
 * which it says by another word than GOODSIG.
 */
function parseStatus(status, request) {
    const { label, fingerprint: wanted } = request;
    const lines = status.split('\n').map((line) => line.replace(/^\[GNUPG:\] /, '').split(' '));
    const valid = lines.filter(([keyword]) => keyword === 'VALIDSIG');
    const good = lines.filter(([keyword]) => keyword === 'GOODSIG');
    const fields = valid[0] ?? [];
    const fingerprint = fields.at(-1) ?? '';
    if (valid.length !== 1 || good.length !== 1) {
        throw new Failure(`the signature of ${label} is not good: its key has expired or was revoked, or there is more than one`);
    }
    if (!strongHashes.includes(fields[8] ?? ''))
        throw new Failure(`the signature of ${label} is not good: it is over a hash that is broken`);
    if (wanted !== undefined && fingerprint !== wanted) {
        throw new Failure(`the signature of ${label} is by another key: ${fingerprint}, not ${wanted}`);
    }
    return { fingerprint, madeAt: Number(fields[3]) * 1000 };
}

;// CONCATENATED MODULE: ./build/base/ubuntu-key.js
/**
 * The key that signs Ubuntu's cloud images: "UEC Image Automatic Signing Key <cdimage@ubuntu.com>", RSA 4096, made 2009-09-15.
 * Source: ubuntu-cloudimage-keyring.gpg of Debian's package ubuntu-keyring 2023.11.28.1-0.2, which has it in the public
 * domain; made small by `gpg --export --export-options export-minimal`.
 */
const ubuntuKeyFingerprint = 'D2EB44626FDDC30B513D5BB71A5D6C4C7DB87C81';
/** The binary keyring, as gpgv reads it. */
const ubuntuKeyring = Buffer.from([
    'mQINBEqwKTUBEAC8V01JGfeYVVlwlcr0dmwF8n+We/lbxwArjR/gZlH7/MJEZnALQHUrDTpD3SkfbsjQgeNt8eS3Jyzoc2r3t2nos4rXPH4kIz',
    'Avtqslz6Ns4ZYjoHVkVC2oV8vYbxER+3/lDjTWVII7omtDVvqH33QlqYZ8+bQbs21lZb2ROJIQCiH0YzaqYR0I2SEykBL873V0ygdyW/mCMwni',
    'XTLUyGAUV4/28NOzw/6LGvJElJe4UqwQxl/aXtPIJjPka8LA8+nDi5/u6WEgDWgBhLEHvQG1BNdttm3WCjbu4zS3mNfNBidTamZfOaMJUZVYxh',
    'OB5kNQqyR4eYqFK/U+305eLrZ05ocadsmcQWkHQVbgt+g4yyFNl56N5AirkFjVtfArkUJfINGgJ7gkSeyqTJK24f33vsIpPwRQ5eFn7H4PwGc0',
    'Piym73YLJnlR94LNEG0ceOJ7u1r+WuaesIj+lKIZsG/rRLf7besaMCCtPcimVgEAmBoIdpTpdP3aa54w/dvfSwW47mGY14G5PBk/0MDy2Y5HOe',
    'Xat3RXpGZZFh7zbwSQ93RhYH3bNPNd5lMu3ZRkYX19FWxoLCi5lx4K3flYhiolZ5i4KxJCoGRobsKjm74Xv2QlvCXYyAk5BnAQCsu5hKZ1sOhQ',
    'ADCcKz1Zbg8JRc3vmelaJ/VFvHTzs4hJTUvOowARAQABtDRVRUMgSW1hZ2UgQXV0b21hdGljIFNpZ25pbmcgS2V5IDxjZGltYWdlQHVidW50dS',
    '5jb20+iQI3BBMBAgAhAhsDAh4BAheABQJKsColBQsJCAcDBRUKCQgLBRYCAwEAAAoJEBpdbEx9uHyBLicP/jXjfLhs255oT8gmvBXS9WDGSdpP',
    'iaMxd0CHEyHuT/XdWsoUUYXAPAti8Fyk2K99mze+n4SLCRRJhxqYlcpVy2icc41/VkKI9d/pF4t54RM5TledYpKVV7xTgoUHZpuL2mWzaT61Mz',
    'RAxUqqaU42/xSLxLt/noryPHo57IghJXbAcmgLhFT0fZmtDy9cD4IBvurZF6cRuMJXjxZmssntMHsFZl4PEC3oR/WgJA37OrjMVej9r+JA909v',
    'r5K/UO+P2gWYOH/2CnGDlaTu72wUrLf6QV5jMyKc6+G7fw5bTJd9lE8Km2H+4z9e+t7IOv9oxojvESu27exD4LU7SjzZloYnmlTCsdHwgSJVnf',
    '+lqXoZeUNT9Tmku8VzwCoExTwo9exaJUHeO8ABkfsJVmry40ovzQAHh427+6NpxgkWErVocnm54LPIQucZYJrg08s/azRzCjlsYChsaWMvGlMZ',
    'Qo52MuLvETHVPtSggP7sLeIOlS+8tO1ykSJY65j8AHYBV6hb9EOjWmqpx33GXn8AyCPiMs9/pmeOI0V6YMm6HCLAwZb+rRS6gcyt9dlWyLU0QL',
    'lpmwHSOVJMv2rnNCUtz6pb8y/o9AN2Z48RpH9C9cfv4dAfbtYn7uTd+M3gk4xyURREg2xuDnraYFs6cZ60/bSy63GxTyi/cCc0S57GgtOK',
].join(''), 'base64');

;// CONCATENATED MODULE: ./build/base/ubuntu-image.js









const mostBytes = 1024 ** 2;
const dayMs = 24 * 3600 * 1000;
const staleDays = 90;
/**
 * Finds the newest image of a suite. `current/` changes while one reads from it, and the list of checksums does not say which
 * serial it is of; so the serial is read first, from `current/unpacked/build-info.txt` (`serial=20261101`: what Canonical's
 * build writes for programs, where the folder's listing is made for people), and all else from that serial's own folder.
 */
async function resolveUbuntuImage(request, ports) {
    const root = `${request.mirror.replace(/\/+$/, '')}/${request.suite}`;
    const serial = await readSerial(root, request, ports);
    const folder = `${root}/${serial}`;
    const sums = await fetchText(`${folder}/SHA256SUMS`, request, ports);
    const detached = await fetchText(`${folder}/SHA256SUMS.gpg`, request, ports);
    const signature = await verifySums({ label: `${redactUrl(folder)}/SHA256SUMS`, signed: sums, signature: detached }, request, ports);
    refuseReplay(signature, serial, folder);
    warnOfAge(serial, request.suite, ports);
    const name = `${request.suite}-server-cloudimg-amd64.img`;
    return { url: `${folder}/${name}`, sha256: getSum(sums.toString('utf8'), name), serial, signingKey: signature.fingerprint };
}
async function readSerial(root, request, ports) {
    const url = `${root}/current/unpacked/build-info.txt`;
    const text = await fetchText(url, request, ports).catch((error) => {
        if (!(error instanceof HttpError) || error.status !== 404)
            throw error;
        throw new Failure(`there is no Ubuntu suite '${request.suite}' at ${redactUrl(request.mirror)}`, {
            mend: 'base-image: noble | jammy | another suite of Ubuntu | a path such as ./noble | a URL | bootstrap:<suite>',
            cause: error,
        });
    });
    const serial = /^serial=(.*)$/m.exec(text.toString('utf8'))?.[1]?.trim() ?? '';
    if (!isSerial(serial))
        throw new Failure(`${redactUrl(url)} names no serial such as 20261101`);
    return serial;
}
async function fetchText(url, request, ports) {
    return retryTransient(ports, async () => fetchDocument({ url, silenceMs: request.silenceMs }, mostBytes, ports.signal));
}
async function verifySums(files, request, ports) {
    return withScratch(request.cacheFolder, `verify-${request.suite}`, ports, async (folder) => {
        const ownKeyring = (0,external_node_path_.join)(folder, 'keyring.gpg');
        if (request.keyring === undefined)
            await (0,external_node_fs_promises_namespaceObject.writeFile)(ownKeyring, ubuntuKeyring);
        return verifySignature({
            ...files,
            folder,
            ...(request.keyring === undefined ? { keyring: ownKeyring, fingerprint: ubuntuKeyFingerprint } : { keyring: request.keyring }),
        }, ports);
    });
}
/** The list does not say its serial: an old one, under the name of a new serial, would pass with its good signature. */
function refuseReplay(signature, serial, folder) {
    if (signature.madeAt >= dayOfSerial(serial) - dayMs)
        return;
    const day = new Date(signature.madeAt).toISOString().slice(0, 10);
    throw new Failure(`${redactUrl(folder)} was signed on ${day}, before the day of its serial: an older image under a newer name`);
}
function warnOfAge(serial, suite, { log, clock }) {
    const days = Math.floor((clock.now() - dayOfSerial(serial)) / dayMs);
    if (days > staleDays)
        log.warn(`the newest image of ${suite} is ${days} days old: a stuck mirror, or a release without support`);
}
/** The checksum of one file in the format of sha256sum(1). */
function getSum(sums, name) {
    for (const line of sums.split('\n')) {
        const [, digest, file] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
        if (digest !== undefined && file === name)
            return digest;
    }
    throw new Failure(`SHA256SUMS does not name ${name}`);
}

;// CONCATENATED MODULE: ./build/base/resolve-base.js













const ubuntuHost = 'https://cloud-images.ubuntu.com';
const silenceMs = 30_000;
const resolve_base_mostBytes = 32 * 1024 ** 3;
/**
 * Finds the image that a reference names, verifies all of it, cached or not, and says what it is.
 * @throws UsageError for a bad reference; Failure, in one line, for an image that cannot be had or must not be a base.
 */
async function resolveBase(given, ports) {
    const request = { ...given, cacheFolder: (0,external_node_path_.resolve)(given.cacheFolder) };
    const all = { ...ports, clock: ports.clock ?? systemClock };
    const wanted = resolve_base_parseSha256(request.sha256);
    const reference = parseReference(request.reference);
    switch (reference.kind) {
        case 'path': return usePath((0,external_node_path_.resolve)(reference.path), wanted, request, all);
        case 'url': return useUrl(reference.url, wanted, request, all);
        case 'ubuntu': return useUbuntu(reference.suite, wanted, request, all);
        case 'bootstrap': return useBootstrap(reference.suite, wanted, request, all);
    }
}
function resolve_base_parseSha256(sha256) {
    const digest = sha256?.toLowerCase();
    if (digest === undefined || /^[0-9a-f]{64}$/.test(digest))
        return digest;
    throw new UsageError(`base-sha256 is not a SHA-256: '${digest}'`, { mend: 'base-sha256: 64 hexadecimal digits' });
}
async function usePath(path, wanted, request, ports) {
    const isFile = await (0,external_node_fs_promises_namespaceObject.stat)(path).then((found) => found.isFile(), () => false);
    if (!isFile)
        throw new UsageError(`base-image '${request.reference}' is not a file`, { mend: 'base-image: the path of a qcow2 or raw image' });
    const sha256 = await sha256OfFile(path, ports.signal);
    refuseDigest(sha256, wanted, path);
    return resolve_base_describe({ path, sha256, origin: { reference: request.reference } }, ports);
}
async function useUrl(url, sha256, request, ports) {
    const shown = redactUrl(url);
    if (sha256 === undefined) {
        throw new UsageError(`base-image ${shown} needs its checksum`, { mend: 'base-sha256: the 64 hexadecimal digits that its publisher names' });
    }
    return fetchImage(url, sha256, { reference: shown, url: shown }, request, ports);
}
async function useUbuntu(suite, wanted, request, ports) {
    const { keyring, ubuntuMirror: mirror = ubuntuHost, cacheFolder } = request;
    const image = await resolveUbuntuImage({ suite, mirror, cacheFolder, silenceMs, ...(keyring === undefined ? {} : { keyring }) }, ports);
    const { sha256, serial, signingKey } = image;
    const url = redactUrl(image.url);
    ports.log.info(`base ${suite}: serial ${serial}, signed by ${signingKey}`);
    refuseDowngrade({ ...request, serial });
    refuseDigest(sha256, wanted, url);
    return fetchImage(image.url, sha256, { reference: suite, url, serial, signingKey }, request, ports);
}
async function useBootstrap(suite, wanted, request, ports) {
    const { path, sha256, serial } = await getBootstrapImage(suite, request.cacheFolder, ports);
    refuseDowngrade({ ...request, serial });
    refuseDigest(sha256, wanted, request.reference);
    return resolve_base_describe({ path, sha256, origin: { reference: request.reference, serial } }, ports);
}
function refuseDigest(actual, wanted, what) {
    if (wanted !== undefined && actual !== wanted)
        throw new Failure(`${what}: its sha256 is ${actual}, not ${wanted}`);
}
/** From the cache, or else from its URL into the cache, which takes only what is whole, verified and fit to be a base. */
async function fetchImage(url, sha256, origin, request, ports) {
    const { cacheFolder } = request;
    const tryCached = async () => {
        const path = await tryGetCached(cacheFolder, sha256, ports);
        if (path === undefined)
            return undefined;
        ports.log.info(`base ${origin.reference}: in the cache, verified`);
        return resolve_base_describe({ path, sha256, origin }, ports);
    };
    return await tryCached() ?? withLock(cacheFolder, sha256, ports, async () => {
        const raced = await tryCached();
        if (raced !== undefined)
            return raced;
        const file = (0,external_node_path_.join)(cacheFolder, 'partial', sha256);
        await downloadFile({ url, sha256, file, silenceMs, mostBytes: resolve_base_mostBytes }, ports);
        try {
            const found = await resolve_base_describe({ path: file, sha256, origin }, ports);
            return { ...found, path: await addToCache(cacheFolder, file, sha256) };
        }
        catch (error) {
            if (!ports.signal.aborted)
                await removePart(file);
            throw error;
        }
    });
}
async function resolve_base_describe(found, ports) {
    try {
        return { ...found, ...await inspectImage(found.path, ports) };
    }
    catch (error) {
        if (!(error instanceof Failure) || ports.signal.aborted)
            throw error;
        const { mend, evidence } = error;
        throw new Failure(`base ${found.origin.reference}: ${error.message}`, { ...(mend === undefined ? {} : { mend }), evidence, cause: error });
    }
}

;// CONCATENATED MODULE: ./build/daemon/nx-builder.js





const outputs = ['dist/apps/daemon/daemon-amd64', 'dist/apps/daemon-amd64'];
const nx_builder_halfAnHour = 1_800_000;
/** Builds the daemon as its nx workspace says, and copies what that made to `output`. @throws Failure with nx's lines as evidence */
async function buildWithNx(source, output, ports) {
    if (!await hasNx((0,external_node_path_.resolve)(source)))
        throw new Failure(`nx is not installed in ${source}`, { mend: `npm ci (or yarn install) in ${source}` });
    await removeOldOutputs(source);
    await runNx({ ...nxCommand(source), onLine: ports.log.detail }, source, ports);
    const built = await tryFindOutput(source);
    if (built === undefined) {
        throw new Failure(`nx has built the daemon in ${source}, but there is no ${outputs.join(' or ')}`, {
            mend: 'let the build target write there and list it under "outputs", so that nx restores it from its cache',
        });
    }
    ports.log.detail(`nx made ${built}`);
    await (0,external_node_fs_promises_namespaceObject.copyFile)(built, output, external_node_fs_.constants.COPYFILE_FICLONE);
}
/** `--no`: npx shall not fetch a program from the registry. Without its daemon nx leaves no process behind. */
function nxCommand(source) {
    return {
        argv: ['npx', '--no', '--', 'nx', 'build', 'daemon', '--configuration=linux-amd64'],
        cwd: source,
        env: { NX_DAEMON: 'false', NX_TUI: 'false', NX_INTERACTIVE: 'false' },
        timeoutMs: nx_builder_halfAnHour,
    };
}
async function hasNx(folder) {
    if (await pathExists((0,external_node_path_.join)(folder, 'node_modules/.bin/nx')))
        return true;
    return (0,external_node_path_.dirname)(folder) !== folder && hasNx((0,external_node_path_.dirname)(folder));
}
/** What an earlier build left must not pass for this one's. nx brings it back from its cache where nothing changed. */
async function removeOldOutputs(source) {
    for (const output of outputs)
        if (await isFile((0,external_node_path_.join)(source, output)))
            await (0,external_node_fs_promises_namespaceObject.rm)((0,external_node_path_.join)(source, output));
}
async function tryFindOutput(source) {
    for (const output of outputs)
        if (await isFile((0,external_node_path_.join)(source, output)))
            return (0,external_node_path_.join)(source, output);
    return undefined;
}
async function isFile(path) {
    return (0,external_node_fs_promises_namespaceObject.stat)(path).then((found) => found.isFile(), () => false);
}
async function runNx(command, source, { processes }) {
    try {
        await processes.run(command);
    }
    catch (error) {
        if (!(error instanceof ToolError) || error.exitCode === undefined)
            throw error;
        throw new Failure(`nx could not build the daemon in ${source}`, { evidence: error.evidence, cause: error });
    }
}

;// CONCATENATED MODULE: ./build/daemon/build-daemon.js








/** Makes `outputFolder/daemon-amd64` and checks it. @throws Failure that says why it does not build, or is refused */
async function buildDaemon(request, ports) {
    if (request.builder !== 'prebuilt')
        await checkSource(request.source);
    await (0,external_node_fs_promises_namespaceObject.mkdir)(request.outputFolder, { recursive: true });
    const path = (0,external_node_path_.resolve)(request.outputFolder, 'daemon-amd64');
    await makeBinary(request, path, ports);
    await (0,external_node_fs_promises_namespaceObject.chmod)(path, 0o755);
    const inspected = await inspect(request, path);
    ports.log.info(build_daemon_describe(inspected));
    return { ...inspected.daemon, ...(request.version === undefined ? {} : { version: request.version }) };
}
async function checkSource(source) {
    const found = await (0,external_node_fs_promises_namespaceObject.stat)(source).catch(() => undefined);
    if (found?.isDirectory() !== true)
        throw new Failure(`the daemon's source ${source} is not a folder`);
}
async function makeBinary(request, output, ports) {
    switch (request.builder) {
        case 'go': return buildWithGo(request, output, ports);
        case 'nx': return buildWithNx(request.source, output, ports);
        case 'prebuilt': return copyPrebuilt(request.binary, output);
    }
}
async function copyPrebuilt(binary, output) {
    const found = await (0,external_node_fs_promises_namespaceObject.stat)(binary).catch(() => undefined);
    if (found === undefined)
        throw new Failure(`the daemon ${binary} does not exist`);
    if (!found.isFile())
        throw new Failure(`the daemon ${binary} is not a file`);
    await (0,external_node_fs_promises_namespaceObject.copyFile)(binary, output, external_node_fs_.constants.COPYFILE_FICLONE);
}
async function inspect(request, path) {
    try {
        return await inspectBinary(path);
    }
    catch (error) {
        if (!(error instanceof Failure))
            throw error;
        const origin = request.builder === 'prebuilt' ? request.binary : `that ${request.builder} built in ${request.source}`;
        const mend = error.mend === undefined ? {} : { mend: error.mend };
        throw new Failure(`the daemon ${origin} ${error.message}`, { ...mend, cause: error });
    }
}
function build_daemon_describe({ daemon, revision }) {
    return [
        formatBytes(daemon.size),
        `sha256 ${daemon.sha256.slice(0, 12)}`,
        ...(daemon.goVersion === undefined ? ['no Go build info, so its modules are unknown'] : [daemon.goVersion, formatCount(daemon.modules.length, 'module')]),
        ...(revision === undefined ? [] : [`commit ${revision.slice(0, 12)}`]),
    ].join(', ');
}

;// CONCATENATED MODULE: ./build/platform/together.js
/**
 * Waits for works that run side by side. The first failure cancels the others through `cancel`;
 * all have ended, one way or the other, when this returns or throws that first failure.
 */
async function waitTogether(works, cancel) {
    try {
        return await Promise.all(works);
    }
    catch (error) {
        cancel(error);
        await Promise.allSettled(works);
        throw error;
    }
}

;// CONCATENATED MODULE: external "node:net"
const external_node_net_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");
;// CONCATENATED MODULE: ./build/disk/nbd-client.js


const nbd_client_magic = { server: 0x4e42444d41474943n, option: 0x49484156454f5054n, optionReply: 0x0003e889045565a9n, request: 0x25609513, reply: 0x67446698 };
const command = { read: 0, write: 1, disconnect: 2, flush: 3, trim: 4 };
const optionGo = 7;
const replyAck = 1;
const replyInfo = 3;
const infoExport = 0;
const clientFlags = 0b11; // fixed newstyle, no zeroes
/** NBD servers accept requests of 32 MiB; smaller ones keep memory low and several in flight. */
const largestRequest = 4 * 1024 ** 2;
const largestDiscard = 1024 ** 3;
const largestOptionReply = 64 * 1024;
const mostOptionReplies = 100;
/** A flush of much data to a slow disk may take minutes. */
const answerWithinMs = 300_000;
/**
 * Connects to `exportName` on the socket at `path` (shorter than 108 bytes).
 * Here and in all that the disk does: @throws Failure, also where the server is silent for `timeoutMs` while we wait.
 */
async function connectNbd(path, exportName, timeoutMs = answerWithinMs) {
    const socket = (0,external_node_net_namespaceObject.connect)(path).setTimeout(timeoutMs);
    socket.on('timeout', () => socket.destroy(new Failure(`the NBD server did not answer within ${timeoutMs / 1000} s`)));
    const bytes = createByteQueue(socket);
    try {
        const size = await shakeHands(socket, bytes, exportName);
        return createDisk(socket, bytes, { size, timeoutMs });
    }
    catch (error) {
        socket.destroy();
        throw error;
    }
}
async function shakeHands(socket, bytes, exportName) {
    const greeting = await bytes.take(18);
    if (greeting.readBigUInt64BE(0) !== nbd_client_magic.server || greeting.readBigUInt64BE(8) !== nbd_client_magic.option) {
        throw new Failure('the NBD server does not speak the fixed newstyle protocol');
    }
    const name = Buffer.from(exportName);
    const go = Buffer.alloc(4 + 16 + 6 + name.length);
    go.writeUInt32BE(clientFlags, 0);
    go.writeBigUInt64BE(nbd_client_magic.option, 4);
    go.writeUInt32BE(optionGo, 12);
    go.writeUInt32BE(6 + name.length, 16);
    go.writeUInt32BE(name.length, 20);
    name.copy(go, 24);
    socket.write(go);
    let size;
    for (let replies = 0; replies < mostOptionReplies; replies++) {
        const head = await bytes.take(20);
        const length = head.readUInt32BE(16);
        if (head.readBigUInt64BE(0) !== nbd_client_magic.optionReply || length > largestOptionReply)
            break;
        const type = head.readUInt32BE(12);
        const payload = await bytes.take(length);
        if (type === replyInfo && length >= 10 && payload.readUInt16BE(0) === infoExport)
            size = Number(payload.readBigUInt64BE(2));
        else if (type === replyAck && size !== undefined)
            return size;
        else if (type > 0x8000_0000)
            throw new Failure(`the NBD server refused the export ${exportName}: ${payload.toString('utf8')}`);
    }
    throw new Failure('the NBD server broke its protocol');
}
function createDisk(socket, bytes, options) {
    const send = createSender(socket, bytes, options.timeoutMs);
    return {
        size: options.size,
        read: async (offset, length) => Buffer.concat(await Promise.all(pieces(offset, length).map(async (piece) => send(command.read, piece.offset, piece.length)))),
        write: async (offset, content) => {
            await Promise.all(pieces(offset, content.length).map(async (piece) => send(command.write, piece.offset, piece.length, content.subarray(piece.offset - offset, piece.offset - offset + piece.length))));
        },
        discard: async (offset, length) => {
            await Promise.all(pieces(offset, length, largestDiscard).map(async (piece) => send(command.trim, piece.offset, piece.length)));
        },
        flush: async () => {
            await send(command.flush, 0, 0);
        },
        close: () => {
            socket.on('error', () => undefined);
            socket.destroy();
        },
    };
}
/** Many requests may be under way at once; the server answers in any order. */
function createSender(socket, bytes, timeoutMs) {
    const pending = new Map();
    let lastCookie = 0n;
    const failed = readReplies(socket, bytes, pending).catch((error) => {
        for (const request of pending.values())
            request.reject(error);
        pending.clear();
        socket.destroy();
        return error;
    });
    return async (type, offset, length, payload) => {
        if (socket.destroyed)
            throw await failed;
        const cookie = ++lastCookie;
        const request = Buffer.alloc(28);
        request.writeUInt32BE(nbd_client_magic.request, 0);
        request.writeUInt16BE(type, 6);
        request.writeBigUInt64BE(cookie, 8);
        request.writeBigUInt64BE(BigInt(offset), 16);
        request.writeUInt32BE(length, 24);
        const answer = new Promise((resolve, reject) => {
            pending.set(cookie, { length: type === command.read ? length : 0, resolve, reject });
        });
        socket.setTimeout(timeoutMs);
        socket.write(request);
        if (payload !== undefined)
            socket.write(payload);
        return answer;
    };
}
async function readReplies(socket, bytes, pending) {
    for (;;) {
        // The clock runs only while somebody waits for an answer.
        if (pending.size === 0)
            socket.setTimeout(0);
        const head = await bytes.take(16);
        const request = pending.get(head.readBigUInt64BE(8));
        if (head.readUInt32BE(0) !== nbd_client_magic.reply || request === undefined)
            throw new Failure('the NBD server broke its protocol');
        const error = head.readUInt32BE(4);
        // Still pending while its content comes: the server may die in the middle of it.
        if (error === 0)
            request.resolve(await bytes.take(request.length));
        else
            request.reject(new Failure(`the disk answered with error ${error} (errno(3))`));
        pending.delete(head.readBigUInt64BE(8));
    }
}
function pieces(offset, length, largest = largestRequest) {
    const count = Math.ceil(length / largest);
    return Array.from({ length: count }, (_, index) => ({
        offset: offset + index * largest,
        length: Math.min(largest, length - index * largest),
    }));
}
function createByteQueue(socket) {
    const chunks = socket[Symbol.asyncIterator]();
    let rest = Buffer.alloc(0);
    return {
        take: async (length) => {
            const parts = [rest];
            let available = rest.length;
            while (available < length) {
                const next = await chunks.next().catch(explainBreak);
                if (next.done === true)
                    throw new Failure('the NBD server closed the connection');
                parts.push(next.value);
                available += next.value.length;
            }
            const all = parts.length === 1 ? rest : Buffer.concat(parts);
            rest = all.subarray(length);
            return all.subarray(0, length);
        },
    };
}
function explainBreak(error) {
    throw error instanceof Failure ? error : new Failure(`the connection to the NBD server broke: ${errorMessage(error)}`, { cause: error });
}

;// CONCATENATED MODULE: ./build/disk/storage-daemon.js






const nodeName = 'disk';
const readyWithinMs = 20_000;
const closeWithinMs = 60_000;
/** Opens a disk for reading, backing files included. Sockets and the like live in a folder that is made in `folder`. */
async function openDisk(file, folder, ports) {
    return openOverNbd([diskNode(nodeName, file, { 'read-only': true })], { folder, writable: false }, ports);
}
/** Opens a qcow2 disk so that all that is written is compressed; whole clusters only, into discarded ones. */
async function openCompressingDisk(path, folder, ports) {
    const nodes = [
        diskNode('image', { path, format: 'qcow2' }, { discard: 'unmap' }),
        { driver: 'compress', 'node-name': nodeName, file: 'image', discard: 'unmap' },
    ];
    return openOverNbd(nodes, { folder, writable: true }, ports);
}
/**
 * Opens an overlay for editing. QEMU exports it as a raw file through FUSE in a mount namespace of its own,
 * which the kernel takes down with the last process in it: nothing stays mounted, whatever ends us.
 */
async function openEditableDisk(path, folder, ports) {
    const rawPath = (0,external_node_path_.join)(folder, 'disk.raw');
    await (0,external_node_fs_promises_namespaceObject.writeFile)(rawPath, '');
    const fuse = `type=fuse,id=raw,node-name=${nodeName},mountpoint=${escapeCommas(rawPath)},writable=on,growable=off`;
    const server = await startServer({
        folder,
        prefix: ['unshare', ...namespaceFlags(), '--'],
        arguments: ['--blockdev', JSON.stringify(diskNode(nodeName, { path, format: 'qcow2' }, { discard: 'unmap' })), '--export', fuse],
    }, ports);
    return {
        rawPath,
        run: async (command) => ports.processes.run({ ...command, argv: [...enterNamespace(server.pid), ...await dieWithUs(command.argv, ports)] }),
        close: server.close,
    };
}
function namespaceFlags() {
    return isRoot() ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
}
function enterNamespace(pid) {
    const flags = isRoot() ? ['--mount'] : ['--user', '--preserve-credentials', '--mount'];
    return ['nsenter', `--target=${pid}`, ...flags, '--'];
}
function isRoot() {
    return process.getuid?.() === 0;
}
async function openOverNbd(nodes, options, ports) {
    const server = await startServer({
        folder: options.folder,
        prefix: [],
        arguments: [...nodes.flatMap((node) => ['--blockdev', JSON.stringify(node)]), ...nbdExport(options.writable)],
    }, ports);
    try {
        const disk = await connectFrom(server.folder);
        const closeDisk = async () => {
            disk.close();
            await server.close();
        };
        return { ...disk, closeDisk };
    }
    catch (error) {
        await server.close();
        throw error;
    }
}
function diskNode(name, file, options) {
    return { driver: file.format, 'node-name': name, file: { driver: 'file', filename: file.path }, ...options };
}
function nbdExport(writable) {
    return [
        '--nbd-server', 'addr.type=unix,addr.path=nbd.sock',
        '--export', `type=nbd,id=blocks,node-name=${nodeName},name=${nodeName},writable=${writable ? 'on' : 'off'}`,
    ];
}
/** QEMU's option syntax doubles commas. */
function escapeCommas(value) {
    return value.replaceAll(',', ',,');
}
/** Starts the server and waits until all its exports are there. */
async function startServer(request, ports) {
    const folder = await (0,external_node_fs_promises_namespaceObject.mkdtemp)((0,external_node_path_.join)(request.folder, 'disk-'));
    const pidFile = (0,external_node_path_.join)(folder, 'pid');
    const daemon = await dieWithUs(['qemu-storage-daemon', ...request.arguments, '--pidfile', pidFile], ports);
    const [program = '', ...rest] = [...request.prefix, ...daemon];
    const server = await ports.processes.start({ argv: [program, ...rest], cwd: folder });
    try {
        await waitForFile(pidFile, server);
    }
    catch (error) {
        await server.stop();
        throw error;
    }
    return { pid: server.pid, folder, close: async () => closeServer(server, folder) };
}
/**
 * A user namespace changes credentials, which clears the parent-death signal of `Processes`: it is set once more.
 * The program is looked up by us, since a plain user's PATH often lacks the administrators' folders.
 */
async function dieWithUs([program, ...rest], { processes }) {
    return ['setpriv', '--pdeathsig', 'KILL', '--', await processes.tryFind(program) ?? program, ...rest];
}
/** The server writes its pid file when all exports are there (qemu-storage-daemon(1), --pidfile). */
async function waitForFile(path, server) {
    const ended = { done: false };
    void server.exited.then(() => { ended.done = true; });
    const deadline = systemClock.now() + readyWithinMs;
    while (!(await pathExists(path))) {
        if (ended.done)
            throw explainServer(server.tail());
        if (systemClock.now() > deadline) {
            throw new Failure(`qemu-storage-daemon did not open the disk within ${readyWithinMs / 1000} s`, { evidence: server.tail() });
        }
        await systemClock.sleep(5);
    }
}
/** A path through /proc is short however deep the folder lies: a unix socket's path has 107 bytes at most (unix(7)). */
async function connectFrom(folder) {
    const handle = await (0,external_node_fs_promises_namespaceObject.open)(folder, 'r');
    try {
        return await connectNbd(`/proc/self/fd/${handle.fd}/nbd.sock`, nodeName);
    }
    finally {
        await handle.close();
    }
}
async function closeServer(server, folder) {
    const exit = await server.stop(closeWithinMs);
    if (exit.code !== 0) {
        throw new Failure('qemu-storage-daemon did not close the disk cleanly', { evidence: server.tail() });
    }
    await (0,external_node_fs_promises_namespaceObject.rm)(folder, { recursive: true, force: true });
}
function explainServer(tail) {
    const text = tail.join('\n');
    if (/unshare.*(Operation not permitted|Permission denied)/.test(text)) {
        return new Failure('this user may not make a user namespace, which the inject driver needs', {
            mend: 'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu 24.04), or run as root',
            evidence: tail,
        });
    }
    if (/fuse/i.test(text)) {
        return new Failure('/dev/fuse cannot be used, which the inject driver needs', {
            mend: 'sudo apt-get install fuse3 && sudo udevadm trigger --name-match=fuse',
            evidence: tail,
        });
    }
    return new Failure('qemu-storage-daemon could not open the disk', { evidence: tail });
}

;// CONCATENATED MODULE: ./build/disk/block-reader.js

/** A part of a disk as a disk of its own: a partition. */
function sliceReader(reader, start, size) {
    return {
        size,
        read: async (offset, length) => {
            if (offset < 0 || length < 0 || offset + length > size) {
                throw new Failure(`read of ${length} bytes at ${offset} is outside of a partition of ${size} bytes`);
            }
            return reader.read(start + offset, length);
        },
    };
}

;// CONCATENATED MODULE: ./build/disk/ext4-reader.js

const rootInode = 2;
const ext4_reader_magic = 0xef53;
const incompatible = { recover: 0x4, metaGroups: 0x10, inlineData: 0x8000, encrypted: 0x10000 };
/** filetype, extents, 64bit, mmp, flex_bg, ea_inode, csum_seed, largedir, casefold: nothing that changes how we read. */
const readable = 0x2 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x2000 | 0x4000 | 0x20000;
const has64bit = 0x80;
const inodeFlag = { inlineData: 0x1000_0000, extents: 0x8_0000, encrypted: 0x800 };
const kinds = { 0x4000: 'folder', 0x8000: 'file', 0xa000: 'link' };
const extentMagic = 0xf30a;
const uninitialised = 32768;
const largestFolder = 4 * 1024 ** 2;
const mostRuns = 500_000;
const pieceSize = 4 * 1024 ** 2;
/** True where a partition holds an ext filesystem. */
async function isExt4(partition) {
    return partition.size >= 4096 && (await partition.read(1024 + 0x38, 2)).readUInt16LE(0) === ext4_reader_magic;
}
/** @throws Failure where the filesystem is not one that can be read, or was not unmounted cleanly. */
async function openExt4(partition) {
    const superblock = await partition.read(1024, 1024);
    const geometry = parseSuperblock(superblock, partition.size);
    const blocks = cacheBlocks(partition, geometry.blockSize);
    const readContent = async function* (inode) {
        yield* readRuns(partition, geometry, inode, await mapBlocks(blocks, geometry, inode));
    };
    return {
        label: superblock.toString('utf8', 0x78, 0x88).replace(/\0.*$/s, ''),
        uuid: superblock.toString('hex', 0x68, 0x78).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
        blockSize: geometry.blockSize,
        lastWrite: superblock.readUInt32LE(0x30),
        getInode: async (number) => readInode(blocks, geometry, number),
        readFolder: async (inode) => {
            if (inode.kind !== 'folder')
                throw new Failure(`inode ${inode.number} is no folder`);
            return parseFolder(await ext4_reader_collect(readContent(inode), inode, largestFolder), geometry.blockSize);
        },
        readLink: async (inode) => (inode.size < 60
            ? inode.blockMap.toString('utf8', 0, inode.size)
            : (await ext4_reader_collect(readContent(inode), inode, 4096)).toString('utf8')),
        readContent,
    };
}
function parseSuperblock(superblock, partitionSize) {
    if (superblock.readUInt16LE(0x38) !== ext4_reader_magic)
        throw new Failure('no ext4 filesystem');
    const features = superblock.readUInt32LE(0x60);
    refuseFeatures(features);
    const is64bit = (features & has64bit) !== 0;
    const blockSize = 2 ** (10 + superblock.readUInt32LE(0x18));
    const blockCount = superblock.readUInt32LE(0x4) + (is64bit ? superblock.readUInt32LE(0x150) * 2 ** 32 : 0);
    const inodeSize = superblock.readUInt32LE(0x4c) === 0 ? 128 : superblock.readUInt16LE(0x58);
    const geometry = {
        blockSize, blockCount, inodeSize,
        inodeCount: superblock.readUInt32LE(0),
        inodesPerGroup: superblock.readUInt32LE(0x28),
        descriptorSize: is64bit ? superblock.readUInt16LE(0xfe) : 32,
        descriptorsAt: (superblock.readUInt32LE(0x14) + 1) * blockSize,
    };
    if (!isSane(geometry, partitionSize))
        throw new Failure('the ext4 superblock is damaged');
    return geometry;
}
function isSane(geometry, partitionSize) {
    const { blockSize, inodeSize, descriptorSize } = geometry;
    return blockSize <= 65536 && geometry.blockCount * blockSize <= partitionSize && geometry.inodesPerGroup > 0
        && inodeSize >= 128 && inodeSize <= blockSize && descriptorSize >= 32 && descriptorSize <= 1024;
}
function refuseFeatures(features) {
    if ((features & incompatible.recover) !== 0) {
        throw new Failure('the ext4 filesystem was not unmounted cleanly: its journal has to be replayed', { mend: 'run e2fsck -f on it, or use another base' });
    }
    const unknown = features & ~readable;
    if (unknown !== 0)
        throw new Failure(`the ext4 filesystem has features that cannot be edited offline: 0x${(unknown >>> 0).toString(16)}`);
}
/** Metadata lies close together: whole 256 KiB windows are kept, so that a walk over a tree costs few requests. */
function cacheBlocks(partition, blockSize) {
    const windowSize = Math.max(256 * 1024, blockSize);
    const mostWindows = 256;
    const windows = new Map();
    const getWindow = async (index) => {
        const known = windows.get(index);
        if (known !== undefined)
            return known;
        const start = index * windowSize;
        const loading = partition.read(start, Math.min(windowSize, partition.size - start));
        windows.set(index, loading);
        const [oldest] = windows.keys();
        if (windows.size > mostWindows && oldest !== undefined)
            windows.delete(oldest);
        return loading;
    };
    return {
        read: async (offset, length) => {
            const index = Math.floor(offset / windowSize);
            if (offset < 0 || offset + length > partition.size)
                throw new Failure('the ext4 filesystem points outside of itself');
            if (offset + length > (index + 1) * windowSize)
                return partition.read(offset, length);
            return (await getWindow(index)).subarray(offset - index * windowSize, offset - index * windowSize + length);
        },
    };
}
async function readInode(blocks, geometry, number) {
    if (number < 1 || number > geometry.inodeCount)
        throw new Failure(`the ext4 filesystem names inode ${number}, which it does not have`);
    const group = Math.floor((number - 1) / geometry.inodesPerGroup);
    const descriptor = await blocks.read(geometry.descriptorsAt + group * geometry.descriptorSize, geometry.descriptorSize);
    const table = descriptor.readUInt32LE(8) + (geometry.descriptorSize >= 64 ? descriptor.readUInt32LE(0x28) * 2 ** 32 : 0);
    const at = table * geometry.blockSize + ((number - 1) % geometry.inodesPerGroup) * geometry.inodeSize;
    const raw = await blocks.read(at, 128);
    const mode = raw.readUInt16LE(0);
    return {
        number,
        kind: kinds[mode & 0xf000] ?? 'other',
        mode: mode & 0o7777,
        uid: raw.readUInt16LE(2) + raw.readUInt16LE(0x78) * 65536,
        gid: raw.readUInt16LE(0x18) + raw.readUInt16LE(0x7a) * 65536,
        size: raw.readUInt32LE(4) + raw.readUInt32LE(0x6c) * 2 ** 32,
        links: raw.readUInt16LE(0x1a),
        flags: raw.readUInt32LE(0x20),
        attributeBlock: raw.readUInt32LE(0x68) + raw.readUInt16LE(0x76) * 2 ** 32,
        blockMap: Buffer.from(raw.subarray(0x28, 0x28 + 60)),
    };
}
async function mapBlocks(blocks, geometry, inode) {
    if ((inode.flags & (inodeFlag.inlineData | inodeFlag.encrypted)) !== 0) {
        throw new Failure(`inode ${inode.number} is inline or encrypted and cannot be read offline`);
    }
    const runs = (inode.flags & inodeFlag.extents) !== 0
        ? await readExtents(blocks, geometry, inode.blockMap, 5)
        : await readBlockMap(blocks, geometry, inode);
    return [...runs].sort((a, b) => a.first - b.first);
}
async function readExtents(blocks, geometry, node, deepest) {
    const entries = node.readUInt16LE(2);
    const depth = node.readUInt16LE(6);
    if (node.readUInt16LE(0) !== extentMagic || depth > deepest || 12 + entries * 12 > node.length) {
        throw new Failure('the ext4 filesystem is damaged: a broken extent tree');
    }
    const records = Array.from({ length: entries }, (_, index) => node.subarray(12 + index * 12, 24 + index * 12));
    if (depth === 0)
        return records.map(parseExtent);
    const children = [];
    for (const record of records) {
        const block = record.readUInt32LE(4) + record.readUInt16LE(8) * 2 ** 32;
        const child = await blocks.read(block * geometry.blockSize, geometry.blockSize);
        const runs = await readExtents(blocks, geometry, child, depth - 1);
        // Without this a few blocks that name each other and nothing else make a tree of billions of nodes.
        if (runs.length === 0)
            throw new Failure('the ext4 filesystem is damaged: an empty node in an extent tree');
        for (const run of runs)
            children.push(run);
        checkRuns(children);
    }
    return children;
}
function parseExtent(record) {
    const length = record.readUInt16LE(4);
    const start = record.readUInt32LE(8) + record.readUInt16LE(6) * 2 ** 32;
    const first = record.readUInt32LE(0);
    // An uninitialised extent has space but no content: it reads as zeros.
    return length > uninitialised ? { first, count: length - uninitialised, start: undefined } : { first, count: length, start };
}
function checkRuns(runs) {
    if (runs.length > mostRuns)
        throw new Failure(`the ext4 filesystem has a file in more than ${mostRuns} pieces`);
}
/** The block map of ext2 and ext3: twelve direct blocks, then one, two and three levels of tables. */
async function readBlockMap(blocks, geometry, inode) {
    const runs = [];
    const wanted = Math.ceil(inode.size / geometry.blockSize);
    const perTable = geometry.blockSize / 4;
    let next = 0;
    const visit = async (block, level) => {
        if (next >= wanted)
            return;
        if (level === 0 || block === 0) {
            const count = perTable ** level;
            runs.push({ first: next, count, start: block === 0 ? undefined : block });
            checkRuns(runs);
            next += count;
            return;
        }
        const table = await blocks.read(block * geometry.blockSize, geometry.blockSize);
        for (let index = 0; index < perTable && next < wanted; index++)
            await visit(table.readUInt32LE(index * 4), level - 1);
    };
    for (let index = 0; index < 15; index++)
        await visit(inode.blockMap.readUInt32LE(index * 4), Math.max(0, index - 11));
    return runs;
}
async function* readRuns(partition, geometry, inode, runs) {
    let done = 0;
    for (const run of runs) {
        const from = Math.max(run.first * geometry.blockSize, done);
        const to = Math.min((run.first + run.count) * geometry.blockSize, inode.size);
        yield* zeros(Math.min(from, inode.size) - done);
        for (let at = from; at < to; at += pieceSize) {
            const length = Math.min(pieceSize, to - at);
            yield run.start === undefined
                ? Buffer.alloc(length)
                : await partition.read(run.start * geometry.blockSize + at - run.first * geometry.blockSize, length);
        }
        done = Math.max(done, to);
    }
    yield* zeros(inode.size - done);
}
function* zeros(length) {
    for (let rest = length; rest > 0; rest -= pieceSize)
        yield Buffer.alloc(Math.min(rest, pieceSize));
}
async function ext4_reader_collect(content, inode, largest) {
    if (inode.size > largest)
        throw new Failure(`inode ${inode.number} of ${inode.size} bytes is larger than ${largest} bytes`);
    const pieces = [];
    for await (const piece of content)
        pieces.push(piece);
    return Buffer.concat(pieces);
}
/** Hashed folders read the same way: their index blocks look like one unused entry. */
function parseFolder(content, blockSize) {
    const entries = [];
    for (let at = 0; at + 8 <= content.length;) {
        const inode = content.readUInt32LE(at);
        const length = content.readUInt16LE(at + 4);
        const nameLength = content.readUInt8(at + 6);
        if (length < 8 || length % 4 !== 0 || (at % blockSize) + length > blockSize || nameLength + 8 > length) {
            throw new Failure('the ext4 filesystem is damaged: a broken folder');
        }
        const name = content.toString('utf8', at + 8, at + 8 + nameLength);
        if (inode !== 0 && name !== '.' && name !== '..')
            entries.push({ name: checkName(name), inode });
        at += length;
    }
    return entries;
}
function checkName(name) {
    if (name === '' || name.includes('/') || name.includes('\0'))
        throw new Failure('the ext4 filesystem is damaged: an impossible file name');
    return name;
}

;// CONCATENATED MODULE: ./build/disk/guest-files.js


const mostLinks = 40;
const longestPath = 4096;
const largestText = 16 * 1024 ** 2;
function openGuestFiles(mounts) {
    const root = mounts.find((mount) => mount.path === '/');
    if (root === undefined)
        throw new Failure('no root filesystem was given');
    const tryStat = async (path) => walk(mounts, path, false, mostLinks);
    const tryResolve = async (path) => walk(mounts, path, true, mostLinks);
    const read = async (path, largest) => {
        const file = await tryResolve(path);
        if (file?.inode.kind !== 'file')
            throw new Failure(`the image has no file ${path}`);
        if (file.inode.size > largest)
            throw new Failure(`${path} in the image has ${file.inode.size} bytes: at most ${largest} are read`);
        const pieces = [];
        for await (const piece of file.mount.filesystem.readContent(file.inode))
            pieces.push(piece);
        return Buffer.concat(pieces);
    };
    return {
        tryStat,
        tryResolve,
        list: async (path) => {
            const folder = await tryResolve(path);
            const files = [];
            if (folder?.inode.kind === 'folder')
                for await (const file of childrenOf(mounts, folder))
                    files.push(file);
            return files;
        },
        walk: async function* (path) {
            const folder = await tryResolve(path);
            if (folder?.inode.kind === 'folder')
                yield* walkFolder(mounts, folder, new Set());
        },
        read,
        tryReadText: async (path) => {
            const file = await tryResolve(path);
            return file?.inode.kind === 'file' ? (await read(path, largestText)).toString('utf8') : undefined;
        },
        content: (file) => file.mount.filesystem.readContent(file.inode),
    };
}
/** What is in a folder, by name; one at a time, since a hostile folder has hundreds of thousands of names. */
async function* childrenOf(mounts, folder) {
    const entries = [...await folder.mount.filesystem.readFolder(folder.inode)].sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries)
        yield await getChild(mounts, folder, entry.name, entry.inode);
}
/** `seen` ends a walk over a damaged filesystem in which a folder holds itself. */
async function* walkFolder(mounts, folder, seen) {
    if (seen.has(folder.inode.number))
        throw new Failure(`the ext4 filesystem is damaged: ${folder.path} holds itself`);
    seen.add(folder.inode.number);
    for await (const file of childrenOf(mounts, folder)) {
        yield file;
        if (file.inode.kind === 'folder' && file.mount === folder.mount)
            yield* walkFolder(mounts, file, seen);
    }
}
async function getChild(mounts, folder, name, number) {
    const path = joinPath(folder.path, name);
    if (path.length > longestPath)
        throw new Failure(`the image has a path of more than ${longestPath} characters`);
    const mount = mounts.find((candidate) => candidate.path === path);
    if (mount !== undefined)
        return getRoot(mount);
    return { path, mount: folder.mount, innerPath: joinPath(folder.innerPath, name), inode: await folder.mount.filesystem.getInode(number) };
}
async function getRoot(mount) {
    return { path: mount.path, mount, innerPath: '/', inode: await mount.filesystem.getInode(rootInode) };
}
async function walk(mounts, path, followLast, linksLeft) {
    if (linksLeft === 0)
        throw new Failure(`too many symbolic links on the way to ${path} in the image`);
    const names = path.split('/').filter((name) => name !== '' && name !== '.');
    const root = mounts.find((mount) => mount.path === '/');
    if (root === undefined)
        return undefined;
    let at = await getRoot(root);
    for (const [index, name] of names.entries()) {
        if (name === '..')
            return walk(mounts, joinPath(parentOf(at.path), names.slice(index + 1).join('/')), followLast, linksLeft);
        if (at.inode.kind !== 'folder')
            return undefined;
        const entry = (await at.mount.filesystem.readFolder(at.inode)).find((candidate) => candidate.name === name);
        if (entry === undefined)
            return undefined;
        const child = await getChild(mounts, at, name, entry.inode);
        const isLast = index === names.length - 1;
        if (child.inode.kind === 'link' && (followLast || !isLast)) {
            const target = await child.mount.filesystem.readLink(child.inode);
            const start = target.startsWith('/') ? target : joinPath(at.path, target);
            return walk(mounts, joinPath(start, names.slice(index + 1).join('/')), followLast, linksLeft - 1);
        }
        at = child;
    }
    return at;
}
function joinPath(folder, name) {
    return name === '' ? folder : `${folder.replace(/\/$/, '')}/${name}`;
}
function parentOf(path) {
    return path.slice(0, path.lastIndexOf('/')) || '/';
}

;// CONCATENATED MODULE: ./build/disk/partition-table.js

const gptSignature = 'EFI PART';
const mostEntries = 1024;
const mbrProtective = 'EE';
const mbrExtended = new Set(['05', '0F', '85']);
/**
 * The partitions of a disk, by offset: GPT with sectors of 512 or 4096 bytes, or the primary ones of an MBR.
 * An empty list where the disk has no table. Source: UEFI specification 2.10, section 5.
 * @throws Failure where a table is there but broken.
 */
async function readPartitions(disk) {
    if (disk.size < 64 * 1024)
        return [];
    for (const sector of [512, 4096]) {
        const header = await disk.read(sector, 92);
        if (header.toString('latin1', 0, 8) === gptSignature)
            return readGpt(disk, header, sector);
    }
    return parseMbr(await disk.read(0, 512), disk.size);
}
async function readGpt(disk, header, sector) {
    const entriesAt = Number(header.readBigUInt64LE(72)) * sector;
    const count = header.readUInt32LE(80);
    const entrySize = header.readUInt32LE(84);
    if (count > mostEntries || entrySize < 128 || entrySize > 4096 || entriesAt + count * entrySize > disk.size) {
        throw new Failure('the GPT header is damaged: its partition entries lie outside of the disk');
    }
    const entries = await disk.read(entriesAt, count * entrySize);
    return Array.from({ length: count }, (_, index) => entries.subarray(index * entrySize, (index + 1) * entrySize))
        .map((entry, index) => parseGptEntry(entry, index + 1, sector))
        .filter((partition) => partition !== undefined)
        .map((partition) => checkBounds(partition, disk.size))
        .sort((a, b) => a.offset - b.offset);
}
function parseGptEntry(entry, number, sector) {
    if (entry.subarray(0, 16).every((byte) => byte === 0))
        return undefined;
    const first = Number(entry.readBigUInt64LE(32));
    const last = Number(entry.readBigUInt64LE(40));
    return { number, offset: first * sector, size: (last - first + 1) * sector, type: formatGuid(entry.subarray(0, 16)) };
}
/** GUIDs are stored with their first three fields in little endian. */
function formatGuid(bytes) {
    const hex = (from, to) => bytes.toString('hex', from, to);
    const reversed = (from, to) => Buffer.from(bytes.subarray(from, to)).reverse().toString('hex');
    return [reversed(0, 4), reversed(4, 6), reversed(6, 8), hex(8, 10), hex(10, 16)].join('-').toUpperCase();
}
function parseMbr(sector, diskSize) {
    if (sector.readUInt16LE(510) !== 0xaa55)
        return [];
    return [0, 1, 2, 3]
        .map((index) => ({ index, entry: sector.subarray(446 + index * 16, 462 + index * 16) }))
        .map(({ index, entry }) => ({
        number: index + 1,
        offset: entry.readUInt32LE(8) * 512,
        size: entry.readUInt32LE(12) * 512,
        type: entry.toString('hex', 4, 5).toUpperCase(),
    }))
        .filter(({ type, size }) => type !== '00' && type !== mbrProtective && !mbrExtended.has(type) && size > 0)
        // A boot sector of a bare filesystem has the signature too, and code where the entries would be.
        .filter(({ offset, size }) => offset > 0 && offset + size <= diskSize)
        .sort((a, b) => a.offset - b.offset);
}
function checkBounds(partition, diskSize) {
    const { number, offset, size } = partition;
    if (offset <= 0 || size <= 0 || offset + size > diskSize) {
        throw new Failure(`the GPT is damaged: partition ${number} lies outside of the disk`);
    }
    return partition;
}

;// CONCATENATED MODULE: ./build/disk/open-guest.js





const linuxRootX86 = '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709';
const rootLabel = 'cloudimg-rootfs';
const lvmType = new Set(['E6D6D379-F507-44C2-A23C-238F2A3DF928', '8E']);
/**
 * Finds the root and boot filesystems by what is in them, never by their number:
 * noble keeps `/boot` on partition 16, other releases on another one or inside of the root filesystem.
 * @throws Failure where there is no root, or more than one that could be it.
 */
async function openGuest(disk) {
    const partitions = await readPartitions(disk);
    const whole = { number: 0, offset: 0, size: disk.size, type: '' };
    const candidates = await findFilesystems(disk, partitions.length === 0 ? [whole] : partitions);
    const rootCandidate = await chooseRoot(candidates, partitions);
    const bootCandidate = await tryFindBoot(candidates.filter((candidate) => candidate !== rootCandidate), rootCandidate);
    const root = toGuest(rootCandidate, '/');
    const boot = bootCandidate === undefined ? undefined : toGuest(bootCandidate, '/boot');
    return { root, boot, files: openGuestFiles([root, ...(boot === undefined ? [] : [boot])].map((part) => part.mount)) };
}
function toGuest(candidate, path) {
    return { partition: candidate.partition, mount: { path, filesystem: candidate.filesystem } };
}
async function findFilesystems(disk, partitions) {
    const found = [];
    for (const partition of partitions) {
        const slice = sliceReader(disk, partition.offset, partition.size);
        if (await isExt4(slice))
            found.push({ partition, filesystem: await openExt4(slice) });
    }
    return found;
}
async function chooseRoot(candidates, partitions) {
    const roots = await filterAsync(candidates, async (candidate) => holds(candidate, '/etc/fstab', '/usr/lib/os-release', '/etc/os-release'));
    const [first, ...others] = roots;
    if (first === undefined)
        throw explainNoRoot(partitions);
    if (others.length === 0)
        return first;
    const preferred = roots.filter((root) => root.partition.type === linuxRootX86 || root.filesystem.label === rootLabel);
    const [only, ...more] = preferred;
    if (only !== undefined && more.length === 0)
        return only;
    throw new Failure(`the image has ${roots.length} root filesystems: partitions ${roots.map((root) => root.partition.number).join(' and ')}`, {
        mend: `label the right one ${rootLabel}, or give it the GPT type ${linuxRootX86}`,
    });
}
function explainNoRoot(partitions) {
    if (partitions.some((partition) => lvmType.has(partition.type))) {
        return new Failure('the image keeps its root filesystem on LVM, which is not supported', { mend: 'use a cloud image with a plain ext4 root partition' });
    }
    return new Failure('the image has no ext4 root filesystem', { mend: 'use a cloud image with an ext4 root: Ubuntu and Debian have one' });
}
/** A boot partition has a kernel at its top; the root's own kernel files win where there are any. */
async function tryFindBoot(others, root) {
    const inRoot = await openGuestFiles([toGuest(root, '/').mount]).list('/boot');
    if (inRoot.some((file) => file.path.includes('/vmlinuz-')))
        return undefined;
    const [boot, ...more] = await filterAsync(others, async (candidate) => {
        const top = await openGuestFiles([toGuest(candidate, '/').mount]).list('/');
        return top.some((file) => file.path.startsWith('/vmlinuz-'));
    });
    if (more.length > 0)
        throw new Failure('the image has more than one boot partition with a kernel');
    return boot;
}
async function holds(candidate, ...paths) {
    const files = openGuestFiles([toGuest(candidate, '/').mount]);
    const stats = await Promise.all(paths.map(async (path) => files.tryStat(path)));
    return stats.some((file) => file !== undefined);
}
async function filterAsync(items, keep) {
    const kept = await Promise.all(items.map(keep));
    return items.filter((_, index) => kept[index] === true);
}

;// CONCATENATED MODULE: ./build/image/resolve-edits.js



/** Bytes: EXT4_NAME_LEN. */
const longestName = 255;
/**
 * Turns a plan into operations on the file tree that is there: patterns are expanded, links on the way followed,
 * missing folders made, whatever stands in the way removed.
 */
async function resolveEdits(edits, files) {
    const root = await files.tryStat('/');
    if (root === undefined)
        throw new Failure('the image has no root folder');
    const work = { files, operations: [], made: new Map([['/', toPlace(root)]]), written: new Set(), removed: new Set() };
    for (const edit of edits)
        await addEdit(work, edit);
    return work.operations;
}
async function addEdit(work, edit) {
    switch (edit.kind) {
        case 'write': return write(work, edit.path, edit.content, edit.attributes);
        case 'empty': return write(work, edit.path, { text: '' }, edit.attributes);
        case 'link': return resolve_edits_link(work, edit.path, edit.target);
        case 'folder': return ensureFolder(work, edit.path, edit.attributes);
        case 'enable-unit': return resolve_edits_link(work, `/etc/systemd/system/${edit.target}.wants/${edit.unit}`, `/etc/systemd/system/${edit.unit}`);
        case 'remove': for (const file of await expandPattern(checkPath(edit.pattern), work.files))
            await resolve_edits_removeTree(work, file);
    }
}
async function write(work, path, content, attributes) {
    const { mount, path: inner } = await clearPlace(work, checkPath(path));
    work.operations.push({ kind: 'write', mount, path: inner, content, attributes });
}
async function resolve_edits_link(work, path, target) {
    const { mount, path: inner } = await clearPlace(work, checkPath(path));
    work.operations.push({ kind: 'link', mount, path: inner, target });
}
async function ensureFolder(work, path, attributes) {
    const { mount, path: inner } = await resolve_edits_getFolder(work, checkPath(path));
    work.operations.push({ kind: 'set-attributes', mount, path: inner, attributes });
}
async function resolve_edits_removeTree(work, file) {
    if (work.removed.has(file.path))
        return;
    work.removed.add(file.path);
    // debugfs's rm forgets that block (seen with 1.47.0), with which e2fsck then finds fault.
    if (file.inode.attributeBlock !== 0) {
        throw new Failure(`${file.path} in the image has extended attributes in a block of their own, and so cannot be removed offline`, {
            mend: 'remove it from the base, or take its attributes away there: setfacl -b, setfattr -x',
        });
    }
    if (file.inode.kind === 'folder')
        for (const child of await work.files.list(file.path))
            await resolve_edits_removeTree(work, child);
    work.operations.push({ kind: file.inode.kind === 'folder' ? 'remove-folder' : 'remove-file', mount: file.mount, path: file.innerPath });
}
/** A free place: the file that is there goes; a folder is not replaced by a file. */
async function clearPlace(work, path) {
    const place = await getPlace(work, path);
    if (work.written.has(place.guestPath))
        throw new Failure(`the plan writes ${path} twice`);
    const existing = await tryFind(work, place.guestPath);
    if (work.made.has(place.guestPath) || existing?.inode.kind === 'folder') {
        throw new Failure(`${path} in the image is a folder: it is not replaced by a file`);
    }
    if (existing !== undefined)
        await resolve_edits_removeTree(work, existing);
    work.written.add(place.guestPath);
    return place;
}
/** What the disk has at a path that leads through no link, unless the plan has removed it. */
async function tryFind(work, guestPath) {
    const file = await work.files.tryStat(guestPath);
    return file?.path === guestPath && !work.removed.has(guestPath) ? file : undefined;
}
async function getPlace(work, path) {
    const folder = await resolve_edits_getFolder(work, external_node_path_.posix.dirname(path));
    return {
        mount: folder.mount,
        path: external_node_path_.posix.join(folder.path, external_node_path_.posix.basename(path)),
        guestPath: external_node_path_.posix.join(folder.guestPath, external_node_path_.posix.basename(path)),
    };
}
/** The folder that a path names once the plan is carried out: links are followed, a missing one is made. */
async function resolve_edits_getFolder(work, path) {
    const known = work.made.get(path);
    if (known !== undefined)
        return known;
    const place = await getPlace(work, path);
    if (place.guestPath !== path)
        return resolve_edits_getFolder(work, place.guestPath);
    const there = await tryFind(work, path);
    if (there === undefined && !work.written.has(path))
        return resolve_edits_makeFolder(work, place);
    if (there?.inode.kind === 'folder')
        return toPlace(there);
    const target = there?.inode.kind === 'link' ? await work.files.tryResolve(path) : undefined;
    if (target === undefined)
        throw new Failure(`${path} in the image is no folder`);
    return resolve_edits_getFolder(work, target.path);
}
function toPlace({ mount, innerPath, path }) {
    return { mount, path: innerPath, guestPath: path };
}
function resolve_edits_makeFolder(work, place) {
    work.operations.push({ kind: 'make-folder', mount: place.mount, path: place.path, attributes: rootOwned(0o755) });
    work.made.set(place.guestPath, place);
    return place;
}
/** Paths go into debugfs's own little language: what could end a word there is refused. */
function checkPath(path) {
    const names = path.split('/');
    const isLong = path.length > 4000 || names.some((name) => Buffer.byteLength(name) > longestName);
    if (!path.startsWith('/') || /[\u0000-\u001f\u007f"]/.test(path) || names.includes('..') || isLong) {
        throw new Failure(`a path in the image must be absolute, without "..", quotes and control characters, its names of at most ${longestName} bytes: ${JSON.stringify(path).slice(0, 200)}`);
    }
    return external_node_path_.posix.normalize(path).replace(/(.)\/$/, '$1');
}
/** The files that a pattern names, in the order of their paths. */
async function expandPattern(pattern, files) {
    if (pattern.endsWith('/**'))
        return filesBelow(pattern.slice(0, -'/**'.length), files);
    const names = pattern.split('/').slice(1);
    let matches = ['/'];
    for (const name of names.slice(0, -1))
        matches = (await matchIn(matches, name, files)).map((file) => file.path);
    return matchIn(matches, names.at(-1) ?? '', files);
}
async function matchIn(folders, name, files) {
    const matches = [];
    for (const folder of folders) {
        if (name.includes('*'))
            matches.push(...(await files.list(folder)).filter((file) => toRegExp(name).test(external_node_path_.posix.basename(file.path))));
        else {
            const file = await files.tryStat(external_node_path_.posix.join(folder, name));
            if (file !== undefined)
                matches.push(file);
        }
    }
    return matches;
}
function toRegExp(name) {
    return new RegExp(`^${name.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 's');
}
async function filesBelow(folder, files) {
    const below = [];
    for await (const file of files.walk(folder))
        if (file.inode.kind !== 'folder')
            below.push(file);
    return below;
}

;// CONCATENATED MODULE: ./build/image/audit.js



/** What nothing in the image may match. The same list as `hygiene.ts`, said as a proof. */
const mustBeAbsent = [
    { pattern: '/etc/ssh/ssh_host_*', what: 'an SSH host key: every VM would have the same' },
    { pattern: '/var/lib/systemd/random-seed', what: 'a random seed: every VM would start from the same' },
    { pattern: '/var/lib/systemd/credential.secret', what: 'a credential secret: every VM would have the same' },
    { pattern: '/var/lib/cloud/*', what: 'cloud-init state: it would not run again' },
    { pattern: '/var/lib/dbus/machine-id', what: 'a machine id: every VM would have the same' },
    { pattern: '/var/lib/dhcp/*', what: 'a DHCP lease of another machine' },
    { pattern: '/var/log/**', what: 'a log of another machine' },
    { pattern: '/var/lib/apt/lists/**', what: 'package lists: they are old when the VM starts' },
    { pattern: '/root/.bash_history', what: 'a shell history' },
    { pattern: '/home/*/.bash_history', what: 'a shell history' },
];
const secretPatterns = [
    { pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/, what: 'a private key' },
    { pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/, what: 'an AWS access key' },
    { pattern: /\bgh[pousr]_[A-Za-z0-9]{36,}\b/, what: 'a GitHub token' },
    { pattern: /\bgithub_pat_[A-Za-z0-9_]{22,}\b/, what: 'a GitHub token' },
    { pattern: /^[^#\n]*\b(?:https?|ftp|all)_proxy=\S/im, what: 'a proxy of the build machine' },
    { pattern: /^[^#\n]*Acquire::https?::Proxy\s+"/im, what: 'a proxy of the build machine' },
];
const foldersWithSecrets = ['/etc', '/root', '/home'];
/** Made on the machine by the package ssl-cert: known, and the same risk for every Debian image. */
const knownKeys = new Set(['/etc/ssl/private/ssl-cert-snakeoil.key']);
const largestScanned = 1024 ** 2;
/**
 * Reads the finished image and proves its hygiene: identities are gone, and no key, token or proxy of the build is in it.
 * `forbiddenTexts` are paths and names of the build machine that must not be found either.
 * @throws Failure with every finding as evidence.
 */
async function auditImage(files, forbiddenTexts) {
    const findings = [...await findIdentities(files), ...await findSecrets(files, forbiddenTexts)];
    if (findings.length === 0)
        return;
    throw new Failure(`the finished image has ${formatCount(findings.length, 'thing')} that must not be in it`, {
        evidence: findings.slice(0, 40).map(({ path, what }) => `${path}: ${what}`),
        mend: 'remove it from the base or from what is installed into it',
    });
}
async function findIdentities(files) {
    const findings = [];
    const machineId = await files.tryStat('/etc/machine-id');
    if (machineId?.inode.kind !== 'file' || machineId.inode.size !== 0) {
        findings.push({ path: '/etc/machine-id', what: 'must be there and empty: every VM would have the same' });
    }
    for (const { pattern, what } of mustBeAbsent) {
        for (const file of await expandPattern(pattern, files))
            findings.push({ path: file.path, what });
    }
    return findings;
}
async function findSecrets(files, forbiddenTexts) {
    const findings = [];
    for (const folder of foldersWithSecrets) {
        for await (const file of files.walk(folder)) {
            if (file.inode.kind !== 'file' || file.inode.size === 0 || file.inode.size > largestScanned || knownKeys.has(file.path))
                continue;
            const what = findSecret(await readAll(file, files), forbiddenTexts);
            if (what !== undefined)
                findings.push({ path: file.path, what });
        }
    }
    return findings;
}
/** What is wrong with a text, or undefined. */
function findSecret(text, forbiddenTexts) {
    const forbidden = forbiddenTexts.find((candidate) => text.includes(candidate));
    if (forbidden !== undefined)
        return `names the build machine: ${forbidden}`;
    return secretPatterns.find(({ pattern }) => pattern.test(text))?.what;
}
async function readAll(file, files) {
    const pieces = [];
    for await (const piece of files.content(file))
        pieces.push(piece);
    return Buffer.concat(pieces).toString('utf8');
}

;// CONCATENATED MODULE: ./build/image/debian-version.js
/**
 * Compares two versions as dpkg does: negative where `a` is older. Source: deb-version(7).
 * Kernel releases such as `6.8.0-90-generic` sort by the same rules.
 */
function compareDebianVersions(a, b) {
    const [left, right] = [splitVersion(a), splitVersion(b)];
    return left.epoch - right.epoch || compareParts(left.upstream, right.upstream) || compareParts(left.revision, right.revision);
}
function splitVersion(version) {
    const colon = version.indexOf(':');
    const rest = version.slice(colon + 1);
    const dash = rest.lastIndexOf('-');
    return {
        epoch: colon === -1 ? 0 : Number(version.slice(0, colon)) || 0,
        upstream: dash === -1 ? rest : rest.slice(0, dash),
        revision: dash === -1 ? '' : rest.slice(dash + 1),
    };
}
/** Runs of other characters and runs of digits take turns. */
function compareParts(a, b) {
    const [left, right] = [a.match(/\D*\d*/g) ?? [], b.match(/\D*\d*/g) ?? []];
    for (let index = 0; index < Math.max(left.length, right.length); index++) {
        const [one, other] = [splitRun(left[index] ?? ''), splitRun(right[index] ?? '')];
        const order = compareTexts(one.text, other.text) || compareNumbers(one.digits, other.digits);
        if (order !== 0)
            return order;
    }
    return 0;
}
function splitRun(run) {
    const text = run.replace(/\d+$/, '');
    return { text, digits: run.slice(text.length) };
}
/** Of any length: a date and time with fractions is more than a JavaScript number holds. */
function compareNumbers(a, b) {
    return Number(BigInt(a) - BigInt(b));
}
function compareTexts(a, b) {
    for (let index = 0; index < Math.max(a.length, b.length); index++) {
        const order = weigh(a[index]) - weigh(b[index]);
        if (order !== 0)
            return order;
    }
    return 0;
}
/** A tilde comes before the end, the end before letters, letters before all other characters. */
function weigh(character) {
    if (character === undefined)
        return 0;
    if (character === '~')
        return -1;
    return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
}

;// CONCATENATED MODULE: ./build/image/boot-files.js





const largestKernel = 256 * 1024 ** 2;
const largestInitramfs = 1024 ** 3;
/** The newest kernel, by Debian version order, that has its initramfs beside it. @throws Failure where there is none. */
async function getBootPair(files) {
    const inBoot = await files.list('/boot');
    const byName = new Map(inBoot.map((file) => [(0,external_node_path_.basename)(file.path), file]));
    const pairs = inBoot.flatMap((kernel) => {
        const version = /^vmlinuz-([\w.+~-]+)$/.exec((0,external_node_path_.basename)(kernel.path))?.[1];
        const initramfs = version === undefined ? undefined : byName.get(`initrd.img-${version}`);
        return version !== undefined && initramfs !== undefined && isContent(kernel, largestKernel) && isContent(initramfs, largestInitramfs)
            ? [{ version, kernel, initramfs }]
            : [];
    });
    const newest = pairs.sort((a, b) => compareDebianVersions(b.version, a.version))[0];
    if (newest !== undefined)
        return newest;
    const found = inBoot.map((file) => (0,external_node_path_.basename)(file.path)).filter((name) => /^(vmlinuz|initrd)/.test(name));
    throw new Failure(`the image has no kernel with an initramfs in /boot${found.length === 0 ? '' : `: only ${found.join(', ')}`}`, {
        mend: 'install a kernel package in the base, such as linux-image-virtual',
    });
}
function isContent(file, largest) {
    return file.inode.kind === 'file' && file.inode.size > 0 && file.inode.size <= largest;
}
/** Copies kernel and initramfs out of the image into `folder`, mode 0444. */
async function extractBootFiles(pair, files, folder) {
    const kernel = await extractFile(pair.kernel, files, (0,external_node_path_.join)(folder, `vmlinuz-${pair.version}`));
    await checkBzImage(kernel.path);
    const initramfs = await extractFile(pair.initramfs, files, (0,external_node_path_.join)(folder, `initrd.img-${pair.version}`));
    return { kernel, initramfs };
}
async function extractFile(file, files, path) {
    const hash = (0,external_node_crypto_namespaceObject.createHash)('sha256');
    const target = await (0,external_node_fs_promises_namespaceObject.open)(path, 'wx', 0o644);
    try {
        for await (const piece of files.content(file)) {
            hash.update(piece);
            await target.writeFile(piece);
        }
        await target.chmod(0o444);
    }
    finally {
        await target.close();
    }
    return { path, size: file.inode.size, sha256: hash.digest('hex') };
}
/** Cloud Hypervisor boots a bzImage directly since v39. Source: Linux, Documentation/arch/x86/boot.rst. */
async function checkBzImage(path) {
    const file = await (0,external_node_fs_promises_namespaceObject.open)(path, 'r');
    try {
        const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0x202);
        if (buffer.toString('latin1') !== 'HdrS')
            throw new Failure(`${(0,external_node_path_.basename)(path)} in the image is no x86-64 bzImage`);
    }
    finally {
        await file.close();
    }
}
/**
 * The kernel's arguments: those of the image's own boot loader, else `root=` by what its fstab says.
 * A serial console is always among them, so that a boot can be watched.
 */
async function readCmdline(guest, kernelVersion) {
    const grub = await guest.files.tryReadText('/boot/grub/grub.cfg');
    const fromGrub = grub === undefined ? undefined : tryParseGrub(grub, kernelVersion);
    const words = fromGrub ?? [`root=${await findRootName(guest)}`, 'ro'];
    const cmdline = [...words, ...(words.some((word) => word.startsWith('console=ttyS0')) ? [] : ['console=ttyS0'])].join(' ');
    if (!/^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(cmdline) || cmdline.length > 2000) {
        throw new Failure('the kernel arguments in the image\'s grub.cfg cannot be used: they have odd characters, or are too long');
    }
    return cmdline;
}
/** The arguments of the first `linux` line for this kernel that names a root and is no recovery entry. */
function tryParseGrub(config, kernelVersion) {
    for (const line of config.split('\n')) {
        const words = line.trim().split(/\s+/);
        const [command, kernel, ...rest] = words;
        const isOurs = command === 'linux' && kernel?.endsWith(`/vmlinuz-${kernelVersion}`) === true;
        if (isOurs && rest.some((word) => word.startsWith('root=')) && !rest.includes('recovery') && !rest.includes('single')) {
            return rest.filter((word) => !word.includes('$'));
        }
    }
    return undefined;
}
async function findRootName(guest) {
    const fstab = await guest.files.tryReadText('/etc/fstab') ?? '';
    const source = fstab.split('\n').map((line) => line.trim().split(/\s+/)).find((words) => words[1] === '/' && !words[0]?.startsWith('#'))?.[0];
    if (source !== undefined && /^(LABEL|UUID|PARTUUID|PARTLABEL)=[\w.-]+$/.test(source))
        return source;
    const { filesystem } = guest.root.mount;
    return /^[\w.-]+$/.test(filesystem.label) ? `LABEL=${filesystem.label}` : `UUID=${filesystem.uuid}`;
}

;// CONCATENATED MODULE: ./build/image/disk-map.js

const mapSchema = array(object({
    start: schemas_number(), length: schemas_number(), depth: schemas_number(), zero: schemas_boolean(), data: schemas_boolean(), present: schemas_boolean(),
}));
/** Where a disk has data, its backing files included. */
async function mapData(file, ports) {
    return (await readMap(file, ports)).filter((entry) => entry.data && !entry.zero).map(toExtent);
}
/** What an overlay says itself, over its backing file: data and ranges that it made zero. */
async function mapOverlay(path, ports) {
    return (await readMap({ path, format: 'qcow2' }, ports)).filter((entry) => entry.depth === 0 && entry.present).map(toExtent);
}
async function readMap(file, { processes }) {
    const { stdout } = await processes.run({ argv: ['qemu-img', 'map', '--output=json', '-f', file.format, file.path] });
    return mapSchema.parse(JSON.parse(stdout));
}
function toExtent({ start, length, data }) {
    return { start, length, data };
}
/** Widens ranges to whole units and joins those that meet; the last one ends at `size`. A joined range with any data has data. */
function alignExtents(extents, unit, size) {
    const aligned = [];
    for (const extent of [...extents].sort((a, b) => a.start - b.start)) {
        const start = Math.floor(extent.start / unit) * unit;
        const end = Math.min(Math.ceil((extent.start + extent.length) / unit) * unit, size);
        const last = aligned.at(-1);
        if (last !== undefined && start <= last.start + last.length) {
            aligned[aligned.length - 1] = {
                start: last.start,
                length: Math.max(end, last.start + last.length) - last.start,
                data: last.data || extent.data,
            };
        }
        else
            aligned.push({ start, length: end - start, data: extent.data });
    }
    return aligned;
}

;// CONCATENATED MODULE: ./build/image/digest-disk.js







const chunksSchema = array(object({ index: schemas_number().int().nonnegative(), sha256: schemas_string().regex(/^[0-9a-f]{64}$/) }));
/** So many are decompressed by QEMU while one is hashed: with one alone a digest took a quarter longer (measured). */
const chunksAhead = 3;
/** The chunks of a base image, hashed once for its content and kept in `cacheFolder`. */
async function digestBase(base, folders, ports) {
    const cached = (0,external_node_path_.join)(folders.cache, 'digests', `${base.sha256}-${diskChunkSize}.json`);
    const known = await tryReadChunks(cached);
    if (known !== undefined)
        return known;
    const extents = await mapData(base, ports);
    const disk = await openDisk(base, folders.work, ports);
    try {
        const chunks = await hashChunks(disk, extents, ports.log);
        await (0,external_node_fs_promises_namespaceObject.mkdir)((0,external_node_path_.dirname)(cached), { recursive: true });
        await writeFileAtomically(cached, JSON.stringify(chunks));
        return chunks;
    }
    finally {
        await disk.closeDisk();
    }
}
async function tryReadChunks(path) {
    try {
        return chunksSchema.parse(JSON.parse(await (0,external_node_fs_promises_namespaceObject.readFile)(path, 'utf8')));
    }
    catch {
        return undefined;
    }
}
/** The digest of a finished image: what the overlay changed is read from the image, the rest is the base's. */
async function digestGolden(golden, changed, folder, ports) {
    const disk = await openDisk(golden, folder, ports);
    try {
        const extents = [...changed.extents, ...grownEnd(changed.baseSize, disk.size)];
        const read = new Set(alignExtents(extents, diskChunkSize, disk.size).flatMap(chunkIndexes));
        const fresh = await hashChunks(disk, extents, ports.log);
        const chunks = [...changed.baseChunks.filter((chunk) => !read.has(chunk.index)), ...fresh].sort((a, b) => a.index - b.index);
        return { chunkSize: diskChunkSize, chunks, sha256: hashChunkTable(chunks) };
    }
    finally {
        await disk.closeDisk();
    }
}
/** The base's last chunk may have been a short one that is longer now. */
function grownEnd(baseSize, size) {
    return size > baseSize && baseSize % diskChunkSize !== 0 ? [{ start: baseSize - 1, length: 1, data: true }] : [];
}
function chunkIndexes(extent) {
    const first = Math.floor(extent.start / diskChunkSize);
    const last = Math.floor((extent.start + extent.length - 1) / diskChunkSize);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
/** Hashes the chunks that the extents touch; chunks of zeros are left out. */
async function hashChunks(disk, extents, log) {
    const indexes = alignExtents(extents, diskChunkSize, disk.size).flatMap(chunkIndexes);
    const chunks = [];
    const reading = [];
    const readAhead = (index) => {
        if (index === undefined)
            return;
        const chunk = disk.read(index * diskChunkSize, Math.min(diskChunkSize, disk.size - index * diskChunkSize));
        chunk.catch(() => undefined);
        reading.push(chunk);
    };
    indexes.slice(0, chunksAhead).forEach(readAhead);
    for (const [place, index] of indexes.entries()) {
        const content = await reading.shift();
        readAhead(indexes[place + chunksAhead]);
        if (content !== undefined && !isZero(content))
            chunks.push({ index, sha256: sha256Of(content) });
        log.progress('hash the disk', (place + 1) * diskChunkSize, indexes.length * diskChunkSize);
    }
    return chunks;
}
/** True where all bytes are zero: each byte equals its neighbour, and the first is zero. */
function isZero(bytes) {
    return bytes.length === 0 || (bytes[0] === 0 && bytes.subarray(1).equals(bytes.subarray(0, -1)));
}

;// CONCATENATED MODULE: ./build/image/flatten.js






const flatten_pieceSize = 4 * 1024 ** 2;
/**
 * Makes one standalone qcow2 of a compressed base and an overlay over it, at the cost of what the overlay changed:
 * the base is copied (a reflink where the filesystem has it), the changed clusters are discarded and written anew
 * through QEMU's compress filter. All other bytes stay where they were, so that uploads and pulls can skip them.
 */
async function inheritClusters(request, ports) {
    await (0,external_node_fs_promises_namespaceObject.copyFile)(request.base, request.output, external_node_fs_.constants.COPYFILE_FICLONE);
    await (0,external_node_fs_promises_namespaceObject.chmod)(request.output, 0o644);
    await ports.processes.run({ argv: ['qemu-img', 'resize', '-q', '-f', 'qcow2', request.output, String(request.diskSize)] });
    const { clusterSize } = await readQcow2Header(request.output);
    const source = await openDisk({ path: request.overlay, format: 'qcow2' }, request.folder, ports);
    try {
        const target = await openCompressingDisk(request.output, request.folder, ports);
        try {
            await copyExtents(source, target, alignExtents(request.changed, clusterSize, request.diskSize), ports.log);
        }
        finally {
            await target.closeDisk();
        }
    }
    finally {
        await source.closeDisk();
    }
    await padToCluster(request.output);
}
/** A compressed cluster can only be written where there is none: all are discarded first. */
async function copyExtents(source, target, extents, log) {
    for (const extent of extents)
        await target.discard(extent.start, extent.length);
    const pieces = extents.filter((extent) => extent.data).flatMap(cutIntoPieces);
    const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
    let done = 0;
    for (const piece of pieces) {
        const content = await source.read(piece.start, piece.length);
        if (!isZero(content))
            await target.write(piece.start, content);
        log.progress('flatten', done += piece.length, total);
    }
    await target.flush();
}
function cutIntoPieces(extent) {
    return Array.from({ length: Math.ceil(extent.length / flatten_pieceSize) }, (_, index) => ({
        start: extent.start + index * flatten_pieceSize,
        length: Math.min(flatten_pieceSize, extent.length - index * flatten_pieceSize),
        data: true,
    }));
}
/** Makes a qcow2 anew, compressed as told; with `backing`, of what differs from the backing file alone. */
async function convertImage(request, ports) {
    const { compression, backing } = request;
    await ports.processes.run({
        argv: [
            'qemu-img', 'convert', '-f', 'qcow2', '-O', 'qcow2', '-W', '-m', String(request.threads),
            ...(compression === 'none' ? [] : ['-c', '-o', `compression_type=${compression}`]),
            ...(backing === undefined ? [] : ['-B', backing.path, '-F', backing.format]),
            request.source, request.output,
        ],
        timeoutMs: 3_600_000,
    });
    await padToCluster(request.output);
}
/**
 * QEMU's last compressed write ends in the middle of a sector. QEMU reads that, but Cloud Hypervisor reads compressed
 * clusters in whole sectors with an exact read: without this its guest gets an I/O error (seen with v53).
 */
async function padToCluster(path) {
    const { clusterSize } = await readQcow2Header(path);
    const { size } = await (0,external_node_fs_promises_namespaceObject.stat)(path);
    await (0,external_node_fs_promises_namespaceObject.truncate)(path, Math.ceil(size / clusterSize) * clusterSize);
}

;// CONCATENATED MODULE: ./build/image/inject.js








/** Bytes: two words and a command stay below 8 KiB. */
const longestWord = 4000;
const mostComplaints = 20;
/**
 * The driver without root, mounts or an appliance: QEMU shows the overlay as a raw file, and debugfs(8) edits the
 * filesystems in it. The same plan on the same base gives the same bytes: debugfs's clock stands still.
 * Every operation is read back afterwards, since debugfs's exit code does not tell whether its commands worked.
 * @throws Failure where an edit cannot be made, or leaves a filesystem that e2fsck finds fault with.
 */
async function injectEdits(request, ports) {
    const { guest, operations } = await withGuest(request, ports, async (before) => ({
        guest: before,
        operations: await resolveEdits(request.edits, before.files),
    }));
    const complaints = [];
    const disk = await openEditableDisk(request.overlay, request.folder, ports);
    try {
        for (const part of partitionsOf(guest)) {
            const own = operations.filter((operation) => operation.mount === part.mount);
            if (own.length === 0)
                continue;
            const clock = Math.max(1, guest.root.mount.filesystem.lastWrite);
            const said = await runDebugfs(disk, part, { operations: own, clock, folder: request.folder });
            checkRoom(part, said);
            await checkFilesystem(disk, part);
            complaints.push(...said);
        }
    }
    finally {
        await disk.close();
    }
    await withGuest(request, ports, async (after) => verifyOperations(operations, after, complaints));
    ports.log.detail(`${operations.length} operations by debugfs, read back`);
}
async function withGuest(request, ports, use) {
    const disk = await openDisk({ path: request.overlay, format: 'qcow2' }, request.folder, ports);
    try {
        return await use(await openGuest(disk));
    }
    finally {
        await disk.closeDisk();
    }
}
function partitionsOf(guest) {
    return guest.boot === undefined ? [guest.root] : [guest.root, guest.boot];
}
/** Answers with what debugfs complained about. A clock of 0 would mean to it that none was given. */
async function runDebugfs(disk, part, request) {
    const commands = [];
    for (const [index, operation] of request.operations.entries()) {
        const staged = (0,external_node_path_.join)(request.folder, `content-${part.partition.number}-${index}`);
        if (operation.kind === 'write' && 'text' in operation.content)
            await (0,external_node_fs_promises_namespaceObject.writeFile)(staged, operation.content.text);
        commands.push(...formatOperation(operation, staged));
    }
    const script = (0,external_node_path_.join)(request.folder, `debugfs-${part.partition.number}`);
    await (0,external_node_fs_promises_namespaceObject.writeFile)(script, commands.map((command) => `${command}\n`).join(''));
    const { stderr } = await disk.run({
        argv: ['debugfs', '-w', '-f', script, `${disk.rawPath}?offset=${part.partition.offset}`],
        env: { E2FSPROGS_FAKE_TIME: String(request.clock), DEBUGFS_PAGER: 'cat' },
    });
    // Its first line is its version.
    return stderr.trimEnd().split('\n').slice(1);
}
/** A full filesystem has halves of files in it afterwards, with which e2fsck would find fault: the cause comes first. */
function checkRoom(part, complaints) {
    const evidence = complaints.slice(0, mostComplaints);
    if (complaints.some((line) => line.includes('No space left on device'))) {
        throw new Failure('this machine has no room for what is changed in the image', { mend: 'free some space on the filesystem of the work folder', evidence });
    }
    if (complaints.some((line) => /Could not allocate (block|inode)/.test(line))) {
        throw new Failure(`the image's filesystem for ${part.mount.path} is full: what is to be installed does not fit`, {
            mend: 'use a base with a larger one: a larger disk-size does not grow it before its first boot', evidence,
        });
    }
}
/** The commands of debugfs(8) for one operation. `staged` is where the text of a written file lies. */
function formatOperation(operation, staged) {
    const path = quote(operation.path);
    switch (operation.kind) {
        case 'write': return [
            `write ${quote('file' in operation.content ? operation.content.file : staged)} ${path}`,
            ...formatAttributes(path, 0o100000, operation.attributes),
        ];
        case 'make-folder': return [`mkdir ${path}`, ...formatAttributes(path, 0o040000, operation.attributes)];
        case 'set-attributes': return formatAttributes(path, 0o040000, operation.attributes);
        case 'link': return [`symlink ${path} ${quote(operation.target)}`];
        case 'remove-file': return [`rm ${path}`];
        case 'remove-folder': return [`rmdir ${path}`];
    }
}
function formatAttributes(path, kind, attributes) {
    return [
        `set_inode_field ${path} mode 0${(kind | attributes.mode).toString(8)}`,
        `set_inode_field ${path} uid ${attributes.uid}`,
        `set_inode_field ${path} gid ${attributes.gid}`,
    ];
}
/**
 * A word of debugfs's little language. What could end its line is refused, names from the image included:
 * debugfs hands a line that starts with `!` to a shell, and takes what is beyond 8 KiB of a line for the next one.
 */
function quote(word) {
    const quoted = `"${word.replaceAll('"', '""')}"`;
    if (/[\u0000-\u001f\u007f]/.test(word) || Buffer.byteLength(quoted) > longestWord) {
        throw new Failure(`a path has control characters or is too long to be edited offline: ${JSON.stringify(word).slice(0, 200)}`);
    }
    return quoted;
}
async function checkFilesystem(disk, part) {
    try {
        await disk.run({ argv: ['e2fsck', '-fn', `${disk.rawPath}?offset=${part.partition.offset}`] });
    }
    catch (error) {
        if (!(error instanceof ToolError))
            throw error;
        throw new Failure(`the filesystem of partition ${part.partition.number} is not clean after the edits`, { evidence: error.evidence, cause: error });
    }
}
/** What the last operation on a path wanted must be what is there now. */
async function verifyOperations(operations, guest, complaints) {
    const last = new Map(operations.map((operation) => [guestPathOf(operation), operation]));
    for (const [path, operation] of last) {
        const file = await guest.files.tryStat(path);
        const isDone = isRemoval(operation) ? file === undefined : file !== undefined && await matches(operation, file, guest);
        if (!isDone)
            throw new Failure(`debugfs could not ${operation.kind.replace('-', ' ')} ${path}`, { evidence: complaints.slice(0, mostComplaints) });
    }
}
function isRemoval(operation) {
    return operation.kind === 'remove-file' || operation.kind === 'remove-folder';
}
function guestPathOf(operation) {
    return operation.mount.path === '/' ? operation.path : `${operation.mount.path}${operation.path}`;
}
async function matches(operation, file, guest) {
    switch (operation.kind) {
        case 'link': return file.inode.kind === 'link' && await file.mount.filesystem.readLink(file.inode) === operation.target;
        case 'make-folder':
        case 'set-attributes': return file.inode.kind === 'folder' && hasAttributes(file, operation.attributes);
        case 'write': return file.inode.kind === 'file' && hasAttributes(file, operation.attributes)
            && await hashOf(file, guest) === expectedHash(operation.content);
    }
}
function hasAttributes(file, { mode, uid, gid }) {
    return file.inode.mode === mode && file.inode.uid === uid && file.inode.gid === gid;
}
async function hashOf(file, guest) {
    const hash = (0,external_node_crypto_namespaceObject.createHash)('sha256');
    for await (const piece of guest.files.content(file))
        hash.update(piece);
    return hash.digest('hex');
}
function expectedHash(content) {
    return 'text' in content ? sha256Of(content.text) : content.sha256;
}

;// CONCATENATED MODULE: ./build/image/inspect-qcow2.js



const checkSchema = object({ 'compressed-clusters': schemas_number().default(0) });
/** Has qemu-img look over every table of a finished image. @throws Failure where it finds an error or a leak. */
async function checkQcow2(path, { processes }) {
    try {
        const { stdout } = await processes.run({ argv: ['qemu-img', 'check', '--output=json', '-f', 'qcow2', path] });
        return { compressedClusters: checkSchema.parse(JSON.parse(stdout))['compressed-clusters'] };
    }
    catch (error) {
        if (!(error instanceof ToolError))
            throw error;
        throw new Failure('qemu-img check finds fault with the finished image', { evidence: error.evidence, cause: error });
    }
}
/** Says which Cloud Hypervisor can open the image. Reads the header, so it says what the file is, not what was asked for. */
async function readCloudHypervisorNeeds(path, compressedClusters) {
    return decideCloudHypervisorNeeds(await readQcow2Header(path), compressedClusters);
}
/** Source of the versions: Cloud Hypervisor's release notes. */
function decideCloudHypervisorNeeds(header, compressedClusters) {
    if (header.extendedL2 || header.externalDataFile || header.unknownFeatures !== 0n) {
        throw new Failure('Cloud Hypervisor cannot open this image: it uses extended L2 entries, an external data file or an unknown feature');
    }
    const hasBacking = header.backingFile !== undefined;
    const versions = [
        '39.0', // boots a bzImage directly
        ...(compressedClusters > 0 ? ['50.0'] : []), // reads compressed clusters
        ...(hasBacking ? ['51.0'] : []), // has backing_files=on, without which an overlay is refused
    ];
    return { min: versions.at(-1) ?? '39.0', diskOptions: ['image_type=qcow2', ...(hasBacking ? ['backing_files=on'] : [])] };
}

;// CONCATENATED MODULE: ./build/image/packages.js
/** The packages that are installed in the image, by name; empty where the image has no dpkg. */
async function readPackages(files) {
    return parseDpkgStatus(await files.tryReadText('/var/lib/dpkg/status') ?? '');
}
/** Parses dpkg's status file: paragraphs of `Field: value`, of which only installed packages count. */
function parseDpkgStatus(status) {
    return status.split(/\n\n+/)
        .map(parseParagraph)
        .filter((fields) => fields.get('Status')?.endsWith(' installed') === true)
        .map((fields) => ({
        name: fields.get('Package') ?? '',
        version: fields.get('Version') ?? '',
        architecture: fields.get('Architecture') ?? '',
    }))
        .filter(({ name, version }) => name !== '' && version !== '')
        .sort((a, b) => packages_compareTexts(a.name, b.name) || packages_compareTexts(a.architecture, b.architecture));
}
function packages_compareTexts(a, b) {
    return a === b ? 0 : a < b ? -1 : 1;
}
function parseParagraph(paragraph) {
    return new Map(paragraph.split('\n')
        .map((line) => /^([A-Za-z-]+): (.*)$/.exec(line))
        .filter((match) => match !== null)
        .map(([, field = '', value = '']) => [field, value]));
}

;// CONCATENATED MODULE: ./build/image/assemble-golden.js


















/** Bytes. QEMU's disks are made of whole sectors. */
const sectorSize = 512;
/** What runs side by side here ends soon by itself, and must have ended when the caller removes the folder. */
const letEnd = () => undefined;
/** Base and edits make the golden image and its boot files: checked, audited, digested, mode 0444. */
async function assembleGolden(request, ports) {
    const diskSize = checkDiskSize(request);
    const compression = await chooseCompression(request, ports.log);
    const folders = await makeFolders(request.folder);
    const overlay = (0,external_node_path_.join)(folders.work, 'overlay.qcow2');
    await createOverlay(overlay, request.base, diskSize, ports);
    const [baseChunks] = await waitTogether([
        digestBase(request.base, { cache: request.cacheFolder, work: folders.work }, ports),
        injectEdits({ overlay, edits: request.edits, folder: folders.work }, ports),
    ], letEnd);
    const changed = await mapOverlay(overlay, ports);
    const image = (0,external_node_path_.join)(folders.snapshots, 'image.qcow2');
    const [finished, boot] = await waitTogether([
        finishImage({ ...request, compression, diskSize, overlay, changed, baseChunks, image, folders }, ports),
        readBoot(overlay, folders, ports),
    ], letEnd);
    await (0,external_node_fs_promises_namespaceObject.rm)(folders.work, { recursive: true, force: true });
    return {
        ...finished,
        ...boot,
        layout: request.layout,
        compression,
        driver: 'inject',
        virtualSize: diskSize,
        edits: request.edits.map(describeEdit),
    };
}
async function chooseCompression(request, log) {
    const { base, compression } = request;
    if (compression !== 'auto' && compression !== 'inherit')
        return compression;
    const obstacle = await findObstacleToInherit(request);
    if (compression === 'auto') {
        log.detail(obstacle === undefined ? `compression: inherit, the base is compressed with ${base.compression}` : `compression: zstd, since ${obstacle}`);
        return obstacle === undefined ? 'inherit' : 'zstd';
    }
    if (obstacle === undefined)
        return 'inherit';
    throw new Failure(`compression inherit cannot be: ${obstacle}`, { mend: 'use compression auto, zstd, zlib or none' });
}
/** Why a golden image cannot keep the compressed clusters of its base, or undefined. */
async function findObstacleToInherit({ base, layout, diskSize }) {
    if (layout === 'layered')
        return 'a layered image has none of its base\'s clusters';
    if (base.format !== 'qcow2' || base.compression === 'none')
        return 'the base is not compressed';
    const { clusterSize } = await readQcow2Header(base.path);
    // QEMU's compress filter writes whole clusters alone.
    return diskSize % clusterSize === 0 ? undefined : `a disk of ${diskSize} bytes does not end with one of the base's clusters of ${clusterSize} bytes`;
}
function checkDiskSize({ base, diskSize }) {
    if (diskSize < base.virtualSize) {
        throw new Failure(`disk-size of ${diskSize} bytes is smaller than the base's disk of ${base.virtualSize} bytes`, { mend: 'give a larger disk-size: a disk cannot shrink' });
    }
    if (diskSize % sectorSize !== 0)
        throw new Failure(`disk-size of ${diskSize} bytes is no multiple of ${sectorSize}`);
    return diskSize;
}
async function makeFolders(folder) {
    const folders = { work: (0,external_node_path_.join)(folder, 'work'), snapshots: (0,external_node_path_.join)(folder, 'snapshots'), kernels: (0,external_node_path_.join)(folder, 'kernels'), images: (0,external_node_path_.join)(folder, 'images') };
    await Promise.all(Object.values(folders).map(async (path) => (0,external_node_fs_promises_namespaceObject.mkdir)(path, { recursive: true })));
    return folders;
}
async function createOverlay(overlay, base, diskSize, { processes }) {
    await processes.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', base.format, '-b', base.path, overlay, String(diskSize)] });
}
async function finishImage(request, ports) {
    const backingFile = await writeImage(request, ports);
    await (0,external_node_fs_promises_namespaceObject.chmod)(request.image, 0o444);
    const golden = { path: request.image, format: 'qcow2' };
    const changed = { extents: request.changed, baseChunks: request.baseChunks, baseSize: request.base.virtualSize };
    const [{ compressedClusters }, digest, image] = await waitTogether([
        checkQcow2(request.image, ports),
        digestGolden(golden, changed, request.folders.work, ports),
        describeFile(request.image),
        auditFile(request, ports),
    ], letEnd);
    const cloudHypervisor = await readCloudHypervisorNeeds(request.image, compressedClusters);
    return { image, digest, cloudHypervisor, ...(backingFile === undefined ? {} : { backingFile }) };
}
/** Writes the finished file; answers with the relative backing path of a layered image. */
async function writeImage(request, ports) {
    const { base, overlay, image: output, compression, diskSize, changed, folders } = request;
    if (compression === 'inherit') {
        await inheritClusters({ base: base.path, overlay, changed, output, diskSize, folder: folders.work }, ports);
        return undefined;
    }
    if (request.layout === 'layered')
        return writeLayeredImage({ ...request, compression }, ports);
    await convertImage({ source: overlay, output, compression, threads: countThreads() }, ports);
    return undefined;
}
async function writeLayeredImage(request, ports) {
    const { base, overlay, image: output, compression, folders } = request;
    const name = `${base.sha256}.${base.format}`;
    await (0,external_node_fs_promises_namespaceObject.symlink)(base.path, (0,external_node_path_.join)(folders.images, name));
    const backing = { path: (0,external_node_path_.join)(folders.images, name), format: base.format };
    await convertImage({ source: overlay, output, compression, threads: countThreads(), backing }, ports);
    const backingFile = `../images/${name}`;
    // Only the name in the header changes: the guide's folders on a host are laid out as those here.
    await ports.processes.run({ argv: ['qemu-img', 'rebase', '-u', '-f', 'qcow2', '-b', backingFile, '-F', base.format, output] });
    return backingFile;
}
/** qemu-img compresses with 16 threads at the most. */
function countThreads() {
    return Math.min(16, (0,external_node_os_namespaceObject.availableParallelism)() * 2);
}
async function describeFile(path) {
    return { path, size: (await (0,external_node_fs_promises_namespaceObject.stat)(path)).size, sha256: await sha256OfFile(path) };
}
async function auditFile({ image, forbiddenTexts, folders }, ports) {
    const disk = await openDisk({ path: image, format: 'qcow2' }, folders.work, ports);
    try {
        await auditImage((await openGuest(disk)).files, forbiddenTexts);
    }
    finally {
        await disk.closeDisk();
    }
}
async function readBoot(overlay, folders, ports) {
    const disk = await openDisk({ path: overlay, format: 'qcow2' }, folders.work, ports);
    try {
        const guest = await openGuest(disk);
        const pair = await getBootPair(guest.files);
        const { kernel, initramfs } = await extractBootFiles(pair, guest.files, folders.kernels);
        return {
            kernel: { ...kernel, version: pair.version },
            initramfs,
            cmdline: await readCmdline(guest, pair.version),
            packages: await readPackages(guest.files),
        };
    }
    finally {
        await disk.closeDisk();
    }
}

;// CONCATENATED MODULE: ./build/platform/run-folder.js




const prefix = 'run-';
const ownerFile = 'owner.json';
/**
 * Gives `work` a folder of its own and removes it afterwards, whatever happens.
 * What a killed run left behind is removed first: only folders whose owner is dead, never a live sibling's.
 */
async function withRunFolder(root, work) {
    await (0,external_node_fs_promises_namespaceObject.mkdir)(root, { recursive: true });
    await removeDeadRuns(root);
    const folder = (0,external_node_path_.join)(root, `${prefix}${(0,external_node_crypto_namespaceObject.randomUUID)()}`);
    await (0,external_node_fs_promises_namespaceObject.mkdir)(folder, { mode: 0o700 });
    try {
        await (0,external_node_fs_promises_namespaceObject.writeFile)((0,external_node_path_.join)(folder, ownerFile), JSON.stringify(await identifyProcess(process.pid)));
        return await work(folder);
    }
    finally {
        await (0,external_node_fs_promises_namespaceObject.rm)(folder, { recursive: true, force: true });
    }
}
/** Removes the folders of dead runs; answers with their names. */
async function removeDeadRuns(root) {
    const names = (await (0,external_node_fs_promises_namespaceObject.readdir)(root).catch(() => [])).filter((name) => name.startsWith(prefix));
    const removed = [];
    for (const name of names) {
        if (await isOwned((0,external_node_path_.join)(root, name)))
            continue;
        await (0,external_node_fs_promises_namespaceObject.rm)((0,external_node_path_.join)(root, name), { recursive: true, force: true });
        removed.push(name);
    }
    return removed;
}
async function isOwned(folder) {
    try {
        return await isAlive(JSON.parse(await (0,external_node_fs_promises_namespaceObject.readFile)((0,external_node_path_.join)(folder, ownerFile), 'utf8')));
    }
    catch (error) {
        // A run that starts right now has its folder for a moment before it has its owner's name in it.
        return hasCode(error, 'ENOENT') && await isYoung(folder);
    }
}
async function isYoung(folder) {
    return (0,external_node_fs_promises_namespaceObject.stat)(folder).then(({ mtimeMs }) => Date.now() - mtimeMs < 60_000, () => false);
}
/** @throws where the process is gone. */
async function identifyProcess(pid) {
    const stat = await (0,external_node_fs_promises_namespaceObject.readFile)(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold spaces: fields are counted behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const bootId = (await (0,external_node_fs_promises_namespaceObject.readFile)('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    return { pid, startTicks: fields[19] ?? '', bootId };
}
async function isAlive(identity) {
    try {
        const now = await identifyProcess(identity.pid);
        return now.startTicks === identity.startTicks && now.bootId === identity.bootId;
    }
    catch {
        return false;
    }
}

;// CONCATENATED MODULE: external "node:string_decoder"
const external_node_string_decoder_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:string_decoder");
;// CONCATENATED MODULE: ./build/smoke/plain-text.js
/**
 * Text that a guest wrote, fit to be quoted in a log: without escape sequences (ECMA-48 CSI and OSC) and control
 * characters, which could forge lines and move cursors, and cut to a length.
 */
function toPlainText(text, longest) {
    return text
        .slice(0, longest)
        .replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|.)/g, '')
        .replace(/[\t\r\n]+/g, ' ')
        .replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
        .trimEnd();
}

;// CONCATENATED MODULE: ./build/smoke/console-reader.js




const console_reader_mebibyte = 1024 ** 2;
const largestConsole = 64 * console_reader_mebibyte;
/** Characters; a longer line is cut, so that no pattern has to run over more. */
const console_reader_longestLine = 4096;
function createConsoleReader(path, name) {
    const decoder = new external_node_string_decoder_namespaceObject.StringDecoder('utf8');
    let offset = 0;
    let rest = '';
    return {
        readLines: async () => {
            const { bytes, size } = await readAt(path, offset);
            if (size > largestConsole) {
                throw new Failure(`${name} wrote more than ${largestConsole / console_reader_mebibyte} MiB to its console`, { evidence: [toPlainText(rest, console_reader_longestLine)] });
            }
            offset += bytes.length;
            const lines = (rest + decoder.write(bytes)).split(/[\r\n]/);
            rest = (lines.pop() ?? '').slice(0, console_reader_longestLine);
            return lines.map((line) => toPlainText(line, console_reader_longestLine)).filter((line) => line !== '');
        },
    };
}
async function readAt(path, offset) {
    const file = await (0,external_node_fs_promises_namespaceObject.open)(path, 'r').catch((error) => {
        if (hasCode(error, 'ENOENT'))
            return undefined;
        throw error;
    });
    if (file === undefined)
        return { bytes: Buffer.alloc(0), size: 0 };
    try {
        const { size } = await file.stat();
        const buffer = Buffer.alloc(Math.max(0, Math.min(size - offset, console_reader_mebibyte)));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
        return { bytes: buffer.subarray(0, bytesRead), size };
    }
    finally {
        await file.close();
    }
}

;// CONCATENATED MODULE: ./build/smoke/prove-kvm.js





/** A nested, emulated KVM needs more than ten seconds; where KVM does not work, the boot that follows takes minutes. */
const limitMs = 30_000;
/**
 * Lets the kernel print its first line on KVM. A device that opens proves nothing: there are paravirtual
 * hosts whose /dev/kvm opens and runs no stock kernel.
 */
async function proveKvm({ device, vmm, kernel, folder }, { clock, signal }) {
    const refusal = await (0,external_node_fs_promises_namespaceObject.access)(device, external_node_fs_.constants.R_OK | external_node_fs_.constants.W_OK).then(() => undefined, (error) => describeRefusal(device, error));
    if (refusal !== undefined)
        return { works: false, reason: refusal };
    const machineFolder = (0,external_node_path_.join)(folder, 'kvm-proof');
    await (0,external_node_fs_promises_namespaceObject.mkdir)(machineFolder, { recursive: true });
    const startedAt = clock.now();
    try {
        // The kernel finds no root and panics, after it has shown that it runs.
        const cmdline = 'console=ttyS0 earlyprintk=ttyS0 panic=-1';
        const machine = await vmm.start({ name: 'kvm-proof', folder: machineFolder, kernel, cmdline, memoryMiB: 512, cpus: 1, disks: [] });
        try {
            const console = createConsoleReader(machine.kernelConsole, 'kvm-proof');
            for (;;) {
                const exit = await Promise.race([machine.exited, clock.sleep(50, signal).then(() => undefined)]);
                const lines = await console.readLines();
                if (lines.some((line) => line.includes('Linux version')))
                    return { works: true, firstLineMs: clock.now() - startedAt };
                if (exit !== undefined)
                    return { works: false, reason: `the machine ended at once: ${machine.tail().at(-1) ?? 'without a word'}` };
                if (clock.now() - startedAt > limitMs) {
                    return { works: false, reason: `${device} opens, but the kernel printed nothing on it within ${limitMs / 1000} s` };
                }
            }
        }
        finally {
            await machine.stop();
        }
    }
    catch (error) {
        signal.throwIfAborted();
        return { works: false, reason: errorMessage(error) };
    }
}
function describeRefusal(device, error) {
    if (hasCode(error, 'ENOENT'))
        return `there is no ${device}`;
    return hasCode(error, 'EACCES') ? `this user may not open ${device} (sudo usermod -aG kvm $USER, then log in again)` : errorMessage(error);
}

;// CONCATENATED MODULE: ./build/smoke/free-port.js

/** A TCP port of 127.0.0.1 that was free a moment ago; another process can take it before its user does. */
async function findFreePort() {
    return new Promise((resolve, reject) => {
        const server = (0,external_node_net_namespaceObject.createServer)();
        server.on('error', reject);
        server.listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });
}

;// CONCATENATED MODULE: external "node:http"
const external_node_http_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:http");
;// CONCATENATED MODULE: ./build/smoke/http-get.js

/** Bytes. */
const longestBody = 64 * 1024;
/** A GET that follows no redirect and trusts no length. @throws Error where there was no whole answer. */
async function getOverHttp(target, signal) {
    const limit = AbortSignal.timeout(target.timeoutMs);
    try {
        return await http_get_ask(target, AbortSignal.any([signal, limit]));
    }
    catch (error) {
        signal.throwIfAborted();
        throw limit.aborted ? new Error(`no whole answer within ${target.timeoutMs / 1000} s`) : error;
    }
}
async function http_get_ask({ host, port, path }, signal) {
    return new Promise((resolve, reject) => {
        const asked = (0,external_node_http_namespaceObject.request)({ host, port, path, signal, agent: false }, (response) => {
            const chunks = [];
            let size = 0;
            response.on('data', (chunk) => {
                size += chunk.length;
                if (size > longestBody)
                    asked.destroy(new Error(`an answer of more than ${longestBody / 1024} KiB`));
                else
                    chunks.push(chunk);
            });
            response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
            response.on('error', reject);
        });
        asked.on('error', reject);
        asked.end();
    });
}

;// CONCATENATED MODULE: external "node:stream"
const external_node_stream_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream");
;// CONCATENATED MODULE: ./build/smoke/qmp.js


/** Characters; the longest message to us is a greeting of some hundred. */
const longestMessage = 64 * 1024;
/**
 * Sends one command to QEMU's monitor and waits until it is taken.
 * @throws Error with QEMU's own words where it refuses, and where nobody speaks QMP at that socket.
 */
async function executeQmp(socketPath, command, signal) {
    // The monitor takes commands only after its greeting was answered with qmp_capabilities: docs/interop/qmp-spec.
    const commands = ['qmp_capabilities', command];
    const socket = (0,external_node_stream_namespaceObject.addAbortSignal)(signal, (0,external_node_net_namespaceObject.connect)(socketPath));
    try {
        for await (const message of readMessages(socket)) {
            if (message.error !== undefined)
                throw new Error(`QMP ${command}: ${JSON.stringify(message.error)}`);
            if (message.QMP === undefined && message.return === undefined)
                continue; // an event
            const next = commands.shift();
            if (next === undefined)
                return;
            socket.write(`${JSON.stringify({ execute: next })}\n`);
        }
        throw new Error(`QMP ${command}: the monitor closed the connection`);
    }
    catch (error) {
        signal.throwIfAborted();
        throw error;
    }
    finally {
        socket.destroy();
    }
}
async function* readMessages(socket) {
    let rest = '';
    for await (const text of socket.setEncoding('utf8')) {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > longestMessage)
            throw new Error('QMP: a message without an end');
        yield* lines.map(parseMessage);
    }
}
function parseMessage(line) {
    const message = JSON.parse(line);
    if (typeof message !== 'object' || message === null)
        throw new Error(`QMP: not a message: ${line.slice(0, 200)}`);
    return message;
}

;// CONCATENATED MODULE: ./build/smoke/qemu.js






const qemu_program = 'qemu-system-x86_64';
const serialFile = 'serial.log';
const virtioFile = 'hvc0.log';
const monitorFile = 'qmp.sock';
const portAttempts = 5;
const answerLimitMs = 5_000;
const monitorLimitMs = 30_000;
/** The version of the QEMU that is installed: `7.2.22`. */
async function readQemuVersion(processes) {
    const { stdout } = await processes.run({ argv: [qemu_program, '--version'], timeoutMs: 30_000 });
    const version = /version (\d[\w.]*)/.exec(stdout)?.[1];
    if (version === undefined)
        throw new Failure(`${qemu_program} --version says no version: ${stdout.split('\n', 1).join()}`);
    return version;
}
/** QEMU with user networking: needs no root, and its guest cannot reach the outside. */
function createQemu(accelerator, version, ports) {
    return {
        kind: 'qemu',
        version,
        accelerator,
        guestNetwork: { address: '10.0.2.15/24', gateway: '10.0.2.2' },
        start: async (spec) => startOnFreePort(spec, accelerator, ports),
    };
}
async function startOnFreePort(spec, accelerator, ports) {
    for (let attempt = 1;; attempt++) {
        const hostPort = await findFreePort();
        const running = await ports.processes.start({ argv: [qemu_program, ...qemuArguments(spec, { accelerator, hostPort })], cwd: spec.folder });
        try {
            await waitForMonitor(spec, running, ports);
            return describeMachine(spec, running, hostPort, ports);
        }
        catch (error) {
            await running.stop();
            const lostPort = running.tail().some((line) => line.includes('Could not set up host forwarding rule'));
            if (!lostPort || attempt === portAttempts)
                throw error;
        }
    }
}
/** QEMU's arguments; sockets and consoles are named relative to the machine's folder, which QEMU runs in. */
function qemuArguments(spec, { accelerator, hostPort }) {
    return [
        '-name', escapeOption(spec.name), '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-machine', 'pc',
        ...acceleratorArguments(accelerator, spec.cpus), '-m', String(spec.memoryMiB),
        '-kernel', spec.kernel, ...(spec.initramfs === undefined ? [] : ['-initrd', spec.initramfs]), '-append', spec.cmdline,
        '-chardev', `file,id=serial,path=${serialFile}`, '-serial', 'chardev:serial',
        '-device', 'virtio-serial-pci', '-chardev', `file,id=virtio,path=${virtioFile}`, '-device', 'virtconsole,chardev=virtio',
        ...spec.disks.flatMap((disk, index) => [
            '-blockdev', JSON.stringify({
                driver: disk.format, 'node-name': `disk${index}`, 'read-only': disk.readOnly,
                // What a guest writes here is thrown away: no write of it need reach the host's disk.
                cache: { 'no-flush': true },
                file: { driver: 'file', filename: disk.path },
            }),
            '-device', `virtio-blk-pci,drive=disk${index}${disk.serial === undefined ? '' : `,serial=${disk.serial}`}`,
        ]),
        ...(spec.network === undefined ? [] : [
            '-netdev', `user,id=net0,restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:${hostPort}-:${spec.network.guestPort}`,
            '-device', `virtio-net-pci,netdev=net0,mac=${spec.network.macAddress},romfile=`,
        ]),
        '-qmp', `unix:${monitorFile},server=on,wait=off`,
    ];
}
/**
 * Emulated, a guest's clock runs by the instructions that it executes, four nanoseconds for each. By the host's clock a
 * busy host makes the guest so slow that systemd gives up waiting for its disks after 90 s. It costs no time (measured).
 * CPUs take turns then, and a guest's kernel hangs when it starts a second one: it gets one.
 */
function acceleratorArguments(accelerator, cpus) {
    return accelerator === 'kvm'
        ? ['-accel', 'kvm', '-cpu', 'host', '-smp', String(cpus)]
        : ['-accel', 'tcg', '-icount', 'shift=2', '-cpu', 'max', '-smp', '1'];
}
/** A comma ends an option's value unless it is doubled. */
function escapeOption(text) {
    return text.replaceAll(',', ',,');
}
function describeMachine(spec, running, hostPort, { signal }) {
    return {
        kernelConsole: (0,external_node_path_.join)(spec.folder, serialFile),
        probeConsole: (0,external_node_path_.join)(spec.folder, virtioFile),
        exited: running.exited,
        tail: () => running.tail(),
        get: async (path, cancel) => getOverHttp({ host: '127.0.0.1', port: hostPort, path, timeoutMs: answerLimitMs }, cancel),
        powerButton: async () => {
            try {
                await executeInMonitor(spec, 'system_powerdown', signal);
            }
            catch (error) {
                signal.throwIfAborted();
                throw new Failure(`${spec.name}: the power button does not work: ${errorMessage(error)}`, { evidence: running.tail(), cause: error });
            }
        },
        stop: async () => {
            await running.stop();
        },
    };
}
/** QEMU is up when its monitor answers; it ends at once where an argument is wrong. */
async function waitForMonitor(spec, running, { clock, signal }) {
    const deadline = clock.now() + monitorLimitMs;
    for (;;) {
        const trouble = await executeInMonitor(spec, 'query-status', signal).then(() => undefined, errorMessage);
        if (trouble === undefined)
            return;
        const exit = await Promise.race([running.exited, clock.sleep(50, signal).then(() => undefined)]);
        const evidence = running.tail();
        if (exit !== undefined)
            throw new Failure(`QEMU did not start ${spec.name}: ${evidence.at(-1) ?? 'without a word'}`, { evidence });
        if (clock.now() > deadline)
            throw new Failure(`QEMU's monitor does not answer for ${spec.name}: ${trouble}`, { evidence });
    }
}
/** A socket's path has at most 107 bytes (unix(7)) and a run folder may be longer: go through a handle of the folder. */
async function executeInMonitor(spec, command, signal) {
    const folder = await (0,external_node_fs_promises_namespaceObject.open)(spec.folder, 'r');
    try {
        await executeQmp(`/proc/self/fd/${folder.fd}/${monitorFile}`, command, AbortSignal.any([signal, AbortSignal.timeout(monitorLimitMs)]));
    }
    finally {
        await folder.close();
    }
}

;// CONCATENATED MODULE: ./build/smoke/choose-vmm.js



/** The VMM that is to boot the image, and one line of log that says why. @throws Failure where what is required is not there. */
async function chooseVmm(request, ports) {
    if (request.vmm === 'cloud-hypervisor') {
        throw new Failure('the smoke test cannot boot with Cloud Hypervisor yet', { mend: 'vmm: auto or vmm: qemu' });
    }
    const version = await readQemuVersion(ports.processes);
    const withKvm = createQemu('kvm', version, ports);
    const kvm = await proveKvm({ device: request.kvmDevice, vmm: withKvm, kernel: request.kernel, folder: request.folder }, ports);
    if (kvm.works) {
        ports.log.info(`smoke test with QEMU ${version} and KVM: the kernel printed its first line after ${kvm.firstLineMs} ms`);
        return withKvm;
    }
    if (request.requireKvm) {
        throw new Failure(`KVM is required and does not work here: ${kvm.reason}`, {
            mend: 'run on a machine with KVM, or allow the slow emulation with require-kvm: false',
        });
    }
    ports.log.info(`smoke test with QEMU ${version} without KVM: ${kvm.reason}`);
    ports.log.warn('no usable KVM: the smoke test boots in emulation, minutes instead of seconds, with one CPU, and reads back a sample of the image only');
    return createQemu('tcg', version, ports);
}

;// CONCATENATED MODULE: ./build/smoke/console-patterns.js
/**
 * Lockup and stall warnings are not here: they are what a busy host does to an emulated guest.
 * Nor are units that failed: the probe reports them. Gaps are bounded, for a guest may write lines to stall a pattern.
 */
const consolePatterns = [
    {
        pattern: /VFS: (?:Cannot open root device|Unable to mount root fs)/,
        what: 'the kernel found no root device',
        example: '[    3.211377] VFS: Cannot open root device "LABEL=nothing" or unknown-block(0,0): error -6',
    },
    {
        pattern: /Gave up waiting for (?:root file system|root|suspend\/resume) device/,
        what: 'the initramfs found no root device',
        example: 'Gave up waiting for root file system device.  Common problems:',
    },
    {
        pattern: /ALERT! .{0,200} does not exist/,
        what: 'the initramfs found no root device',
        example: 'ALERT!  LABEL=cloudimg-rootfs does not exist.  Dropping to a shell!',
    },
    {
        pattern: /No (?:working )?init found|Target filesystem doesn't have requested/,
        what: 'the root file system has no init',
        example: "Target filesystem doesn't have requested /sbin/init.",
    },
    {
        pattern: /Kernel panic - not syncing/,
        what: 'the kernel panicked',
        example: '[    3.230114] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00007f00',
    },
    {
        pattern: /\bOops: |\bgeneral protection fault\b|\bdouble fault: /,
        what: 'the kernel hit an oops',
        example: '[   12.905911] Oops: 0002 [#1] PREEMPT SMP NOPTI',
    },
    {
        pattern: /\bkernel BUG at |\bBUG: (?:unable to handle|kernel NULL pointer|Bad (?:page|rss)|scheduling while atomic|KASAN|stack guard)/,
        what: 'the kernel hit a bug',
        example: '[   12.901144] BUG: kernel NULL pointer dereference, address: 0000000000000008',
    },
    {
        pattern: /\bOut of memory: Killed process|\binvoked oom-killer|\boom-kill:/,
        what: 'the guest ran out of memory',
        example: '[   41.820917] Out of memory: Killed process 612 (daytona-daemon) total-vm:4096000kB, anon-rss:890112kB',
    },
    {
        pattern: /\]: segfault at |\btraps: .{0,200} trap /,
        what: 'a program of the guest crashed',
        example: '[   22.104418] daytona-daemon[512]: segfault at 0 ip 00007f0e51a2c0a4 sp 00007ffd2c1f5c10 error 4 in libc.so.6',
    },
    {
        pattern: /\bI\/O error, dev |\bBuffer I\/O error on dev|\bmetadata I\/O error/,
        what: 'a disk gave an I/O error',
        example: '[   52.118402] I/O error, dev vda, sector 7325696 op 0x0:(READ) flags 0x80700 phys_seg 1 prio class 2',
    },
    {
        pattern: /EXT4-fs error|EXT4-fs .{0,200}Remounting filesystem read-only|XFS .{0,200}(?:Corruption|Shutting down filesystem)|BTRFS (?:error|critical)/,
        what: 'a file system of the guest is damaged',
        example: '[   52.120881] EXT4-fs (vda1): Remounting filesystem read-only',
    },
    {
        pattern: /\bFailed to mount\b/,
        what: 'a mount failed',
        example: '[FAILED] Failed to mount boot.mount - /boot.',
    },
    {
        pattern: /\bDependency failed for .{0,200}(?:File Systems|\/boot|\/efi)/,
        what: 'a mount failed',
        example: '[DEPEND] Dependency failed for local-fs.target - Local File Systems.',
    },
    {
        pattern: /\bTimed out waiting for device\b/,
        what: 'a device that the image names is not there',
        example: '[ TIME ] Timed out waiting for device dev-disk-by\\x2dlabel-BOOT.device - /dev/disk/by-label/BOOT.',
    },
    {
        pattern: /\bFound ordering cycle\b|\bto break ordering cycle\b/,
        what: 'systemd found an ordering cycle',
        example: '[    7.310022] systemd[1]: sysinit.target: Found ordering cycle on local-fs.target/start',
    },
    {
        pattern: /\bYou are in (?:emergency|rescue) mode|\bEntering emergency mode|\b(?:Emergency|Rescue) Mode\.?$|root password for maintenance/,
        what: 'the guest fell into an emergency shell',
        example: 'You are in emergency mode. After logging in, type "journalctl -xb" to view',
    },
    {
        pattern: /\bDropping to a shell|\bbuilt-in shell \(ash\)/,
        what: 'the initramfs fell into a shell',
        example: 'BusyBox v1.36.1 (Ubuntu 1:1.36.1-6ubuntu3.1) built-in shell (ash)',
    },
    {
        pattern: /systemd\[1\]: (?:Freezing execution|Caught <)|!!!!!!\] (?:Failed|Caught|Out)/,
        what: 'systemd itself failed',
        example: '[!!!!!!] Failed to load SELinux policy.',
    },
];
const linesBefore = 6;
const linesAfter = 12;
/** The first fatal line of `fresh`; `earlier` are lines that came before. */
function tryFindFatalLine(fresh, earlier = []) {
    for (const [index, line] of fresh.entries()) {
        const found = consolePatterns.find(({ pattern }) => pattern.test(line));
        if (found === undefined)
            continue;
        const before = [...earlier.slice(-linesBefore), ...fresh.slice(Math.max(0, index - linesBefore), index)].slice(-linesBefore);
        return { what: found.what, line, evidence: [...before, ...fresh.slice(index, index + 1 + linesAfter)] };
    }
    return undefined;
}

;// CONCATENATED MODULE: ./build/smoke/clone.js


const tickMs = 250;
const keptConsoleLines = 40;
/** systemd's "a job is running", several times a second: the last of a row is enough. */
const spinner = /^\[[ *]{6}\] /;
/** systemd gives a unit 90 s to stop. */
const powerOffLimitMs = 180_000;
/** The console's last lines after a look at what came. @throws Failure that quotes a fatal line. */
async function watchConsole(clone, tail) {
    const lines = await clone.kernelConsole.readLines();
    const fatal = tryFindFatalLine(lines, tail);
    if (fatal !== undefined)
        throw new Failure(`${clone.name}: ${fatal.what}: ${fatal.line}`, { evidence: fatal.evidence });
    if (lines.length === 0)
        return tail;
    return [...tail, ...lines].filter((line, index, all) => !spinner.test(line) || !spinner.test(all[index + 1] ?? '')).slice(-keptConsoleLines);
}
/** The machine ended before its time. @throws Failure, of a fatal line where the console has one. */
async function failForExit(clone, exit, tail) {
    const console = await drainConsole(clone, tail);
    const how = exit.code === undefined ? `by ${exit.signal ?? 'a signal'}` : `with exit code ${exit.code}`;
    throw new Failure(`${clone.name}: the machine ended by itself, ${how}`, { evidence: [...console, ...clone.machine.tail()] });
}
/**
 * Presses the power button and waits for the end of the VMM; returns how long that took, in milliseconds.
 * @throws Failure where the guest does not power off, or ends in another way.
 */
async function powerOff(clone, { clock, signal }) {
    const pressedAt = clock.now();
    await clone.machine.powerButton();
    let tail = [];
    for (;;) {
        const exit = await Promise.race([clone.machine.exited, clock.sleep(tickMs, signal).then(() => undefined)]);
        signal.throwIfAborted();
        if (exit !== undefined) {
            tail = await drainConsole(clone, tail);
            if (exit.code === 0 && tail.some((line) => line.includes('reboot: Power down')))
                return clock.now() - pressedAt;
            await failForExit(clone, exit, tail);
        }
        tail = await watchConsole(clone, tail);
        if (clock.now() - pressedAt > powerOffLimitMs) {
            throw new Failure(`${clone.name}: the guest did not power off within ${powerOffLimitMs / 1000} s of the power button`, {
                mend: 'the image needs systemd-logind with D-Bus, or acpid, to heed the button; a unit may also refuse to stop',
                evidence: tail,
            });
        }
    }
}
/** Reads to the end: each look takes a limited piece. */
async function drainConsole(clone, tail) {
    for (let last = tail;;) {
        const next = await watchConsole(clone, last);
        if (next === last)
            return last;
        last = next;
    }
}

;// CONCATENATED MODULE: ./build/smoke/compare-clones.js

/** What no two machines may share, where in a guest it comes from, and how an image is mended that has it baked in. */
const mustDiffer = [
    {
        what: 'machine-id', values: ({ machineId }) => [machineId],
        mend: 'empty /etc/machine-id in the image (empty, not removed), and remove /var/lib/dbus/machine-id',
    },
    {
        what: 'SSH host key', values: ({ hostKeys }) => hostKeys,
        mend: 'remove /etc/ssh/ssh_host_* from the image, and let cloud-init make them (ssh_deletekeys: true)',
    },
    {
        what: 'host name', values: ({ hostname }) => [hostname],
        mend: 'let cloud-init set the host name: no preserve_hostname: true in /etc/cloud',
    },
    {
        what: 'DHCP unique identifier', values: ({ duids }) => duids,
        mend: 'remove the DHCP leases and any DUIDRawData= from the image',
    },
];
/** @throws Failure that names the first value which two clones share. */
function assertDistinct(clones) {
    for (const { what, values, mend } of mustDiffer) {
        const seen = new Map();
        for (const identity of clones) {
            for (const value of new Set(values(identity))) {
                const other = seen.get(value);
                if (other !== undefined) {
                    throw new Failure(`two clones of the image have the same ${what}: ${value}`, { mend, evidence: [other, compare_clones_describe(identity)] });
                }
                seen.set(value, compare_clones_describe(identity));
            }
        }
    }
}
function compare_clones_describe({ hostname, machineId, hostKeys, duids }) {
    return `${hostname}: machine-id ${machineId}, host keys ${hostKeys.join(' ') || 'none'}, DUID ${duids.join(' ') || 'none'}`;
}

;// CONCATENATED MODULE: ./build/smoke/probe-script.js
/** The serial of the disk that the probe hashes. */
const goldenSerial = 'golden';
/**
 * The shell script that runs in the guest and reports on `/dev/hvc0`: see probe-state.ts for what it writes.
 * POSIX shell and coreutils alone, for an image need have neither Python nor jq nor curl.
 */
function writeProbeScript(request) {
    return `#!/bin/sh
unit=${probe_script_quote(request.unit)}
port=${probe_script_quote(request.port.toString(16).toUpperCase().padStart(4, '0'))}
chunks=${probe_script_quote(request.chunks.join(' '))}
chunk_size=${request.chunkSize}
kill_daemon=${request.killDaemon ? 'yes' : 'no'}
golden=/dev/disk/by-id/virtio-${goldenSerial}
${script}`;
}
function probe_script_quote(text) {
    return `'${text.replaceAll("'", `'\\''`)}'`;
}
const script = String.raw `
export LC_ALL=C SYSTEMD_PAGER= SYSTEMD_COLORS=0 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# Reads lines "KEY VALUE" and writes them as JSON, one object a line, between two markers.
# The console is opened anew for each block: a getty that starts on it hangs up whoever has it open.
report() {
  {
    echo
    echo "@@ch-golden begin $1"
    tr '\000-\011\013-\037\177' ' ' | cut -b 1-1500 | sed -e 's/[\\"]/\\&/g' -e 's/^\([^ ]*\) *\(.*\)$/{"\1":"\2"}/'
    echo "@@ch-golden end $1"
  } > /dev/hvc0
}

# LOCAL-ADDRESS:PORT INODE of every listening TCP socket, in hexadecimal as the kernel has them.
listeners() {
  cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | while read -r _ local _ state _ _ _ _ _ inode _; do
    if [ "$state" = 0A ]; then echo "$local $inode"; fi
  done
}

listening() { listeners | grep -q ":$port "; }

main_pid() { systemctl show -p MainPID --value "$unit"; }

# The journal costs an emulated guest a second: it is asked only about a daemon in trouble.
status() {
  properties=$(systemctl show -p LoadState -p UnitFileState -p ActiveState -p SubState -p Result -p ExecMainCode \
    -p ExecMainStatus -p NRestarts -p ControlGroup "$unit")
  {
    echo "$properties" | sed 's/=/ /'
    listeners | sed 's/^/listen /'
    group=$(echo "$properties" | sed -n 's/^ControlGroup=//p')
    if [ -n "$group" ]; then
      for pid in $(cat "/sys/fs/cgroup$group/cgroup.procs" "/sys/fs/cgroup/systemd$group/cgroup.procs" 2> /dev/null); do
        ls -l "/proc/$pid/fd" 2> /dev/null | sed -n 's/.*socket:\[\([0-9]*\)\].*/socket \1/p'
      done
    fi
    [ "$(echo "$properties" | grep -c -e '^SubState=running$' -e '^NRestarts=0$')" -eq 2 ] ||
      journalctl -u "$unit" -n 12 -o cat --no-pager 2> /dev/null | sed 's/^/journal /'
  } | report status
}

# Reports the daemon's state at growing intervals until a command succeeds: the boot needs the processor more than we do.
status_until() {
  pause=1
  until "$@"; do
    status
    sleep "$pause"
    [ "$pause" -ge 8 ] || pause=$((pause + 1))
  done
}

booted() {
  [ -e /run/cloud-init/result.json ] || return 1
  case $(systemctl is-system-running) in initializing | starting) return 1 ;; esac
}

identity() {
  {
    echo "machine-id $(cat /etc/machine-id)"
    echo "boot-id $(cat /proc/sys/kernel/random/boot_id)"
    echo "hostname $(uname -n)"
    echo "kernel $(uname -r)"
    for key in /etc/ssh/ssh_host_*_key.pub; do
      [ ! -e "$key" ] || ssh-keygen -l -f "$key" | sed 's/^[0-9]* \([^ ]*\) .*/host-key \1/'
    done
    networkctl status --all --no-pager 2> /dev/null | sed -n 's/.*DHCP6 Client DUID: */duid /p'
    sed -n 's/^ *DUIDRawData=/duid /p' /etc/systemd/networkd.conf /etc/systemd/networkd.conf.d/*.conf 2> /dev/null
    sed -n 's/^ *default-duid */duid /p' /var/lib/dhcp/*.leases 2> /dev/null
    sed 's/^/duid /' /var/lib/dhcpcd/duid 2> /dev/null
    ip -o addr show scope global 2> /dev/null | sed -n 's/.* inet6\{0,1\} \([^ ]*\) .*/address \1/p'
    systemctl list-units --failed --no-legend --plain --no-pager | sed 's/^\([^ ]*\).*/failed-unit \1/'
    echo "cloud-init $(cat /run/cloud-init/result.json | tr '\n' ' ')"
    systemctl show -p UserspaceTimestampMonotonic | sed 's/=/ /'
    systemd-analyze blame --no-pager 2> /dev/null | head -n 5 | sed 's/^ */slow-unit /'
  } | report identity
}

content() {
  for chunk in $chunks; do
    digest=$(dd if="$golden" bs="$chunk_size" skip="$chunk" count=1 iflag=fullblock 2> /dev/null | sha256sum)
    echo "chunk $chunk $digest" | sed 's/ *-$//'
  done | report content
}

restarted() {
  now=$(main_pid)
  [ "$now" != 0 ] && [ "$now" != "$before" ] && listening
}

restart() {
  status_until listening
  before=$(main_pid)
  echo "pid $before" | report killed
  systemctl kill -s KILL "$unit"
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    restarted && break
    sleep 0.2
  done
  status_until restarted
  echo "pid $now" | report restarted
}

systemctl stop serial-getty@hvc0.service 2> /dev/null
status_until booted
identity
[ -z "$chunks" ] || content
[ "$kill_daemon" = no ] || restart
status_until false
`;

;// CONCATENATED MODULE: ./build/smoke/content-proof.js



/** Bytes that the guest sees as zeros: room for the partition table, and for any file system's first super block. */
const maskedBytes = 128 * 1024;
/** Chunks that a guest without KVM hashes: it needs a second for each. */
const sampleSize = 8;
/**
 * The golden image as a second, read-only disk of the guest: an overlay whose first bytes are zeros.
 * With them the guest would find two disks with the same labels and UUIDs, and could mount either as its root.
 */
async function maskGolden(golden, path, processes) {
    await processes.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', golden, path] });
    await processes.run({ argv: ['qemu-io', '-f', 'qcow2', '-c', `write -q -z 0 ${maskedBytes}`, path] });
    return { path, format: 'qcow2', readOnly: true, serial: goldenSerial };
}
/**
 * The chunks that each clone hashes: with KVM all of them between the clones, else a sample with the first and the last.
 * The chunk of the partition table is not among them: it is masked, and read by every boot that finds its root.
 */
function shareChunks(digest, accelerator, clones) {
    const readable = digest.chunks.filter(({ index }) => index * digest.chunkSize >= maskedBytes);
    const chosen = accelerator === 'kvm' ? readable : takeSample(readable, sampleSize);
    return Array.from({ length: clones }, (_, clone) => chosen.filter((_chunk, place) => place % clones === clone));
}
function takeSample(chunks, size) {
    const step = Math.max(1, (chunks.length - 1) / (size - 1));
    const places = new Set(Array.from({ length: size }, (_, nth) => Math.round(nth * step)));
    return chunks.filter((_, place) => places.has(place));
}
/** @throws Failure where the guest read something else than the image holds. */
function assertSameContent(name, expected, read, chunkSize) {
    const wrong = expected.filter(({ index, sha256 }) => read.get(index) !== sha256);
    const [first] = wrong;
    if (first === undefined)
        return;
    const found = read.get(first.index);
    const what = found === undefined || found === sha256Of('') ? 'could not be read' : 'was read with another content';
    throw new Failure(`${name}: ${wrong.length} of ${expected.length} chunks of the image differ through the VMM; the one at byte ${first.index * chunkSize} ${what}`, {
        mend: 'the file is right for qemu-img and wrong for this VMM, or it has changed since its digest was made: build it anew',
        evidence: wrong.slice(0, 10).map(({ index, sha256 }) => `chunk ${index}: expected ${sha256}, read ${read.get(index) ?? 'nothing'}`),
    });
}

;// CONCATENATED MODULE: ./build/smoke/health.js


/** Looks once. @throws the signal's reason, and nothing else. */
async function checkHealth(check, signal) {
    const auto = check.path === 'auto';
    const path = auto ? '/health' : check.path;
    try {
        const answer = await check.get(path, signal);
        if (answer.status !== 200 && !(auto && answer.status === 404))
            return wrong(path, answer);
        const version = await check.get('/version', signal);
        if (answer.status === 200)
            return healthy(path, version);
        return version.status === 200 ? healthy('/version', version) : wrong(path, answer);
    }
    catch (error) {
        signal.throwIfAborted();
        return { kind: 'silent', reason: errorMessage(error) };
    }
}
function wrong(path, { status, body }) {
    return { kind: 'wrong', answer: `GET ${path} answered ${status}`, body: toPlainText(body, 500) };
}
function healthy(path, version) {
    const daemonVersion = version.status === 200 ? tryReadVersion(version.body) : undefined;
    return { kind: 'healthy', path, ...(daemonVersion === undefined ? {} : { daemonVersion }) };
}
/** `{"version":"…"}` */
function tryReadVersion(body) {
    try {
        const answer = JSON.parse(body);
        if (typeof answer !== 'object' || answer === null || !('version' in answer))
            return undefined;
        return typeof answer.version === 'string' ? toPlainText(answer.version, 200) : undefined;
    }
    catch {
        return undefined;
    }
}
function recordAttempt(history, attempt, startedAt, at) {
    const { wrongSince, ...rest } = history;
    const latest = { startedAt, at, attempt };
    switch (attempt.kind) {
        case 'healthy': return { first: { at, answer: attempt }, ...rest, latest };
        case 'wrong': return { ...rest, latest, wrongSince: wrongSince ?? at };
        case 'silent': return { ...rest, latest };
    }
}

;// CONCATENATED MODULE: ./build/smoke/judge.js

/** A daemon may answer with errors while it starts. */
const wrongAnswersMs = 10_000;
/** A daemon may lose a race at boot and win it at the next try. */
const toleratedRestarts = 2;
/** Reports in a row before a daemon that listens elsewhere is believed to stay there: they come every two or three seconds. */
const stableReports = 4;
/** systemd could not execute the program: EXIT_EXEC in systemd.exec(5). */
const exitExec = 203;
/** Why the daemon will not become healthy however long one waits; undefined while it is, or still may. */
function tryDiagnose(observation) {
    const { health, probe } = observation;
    const lie = findOtherVersion(observation, health.first?.answer.daemonVersion);
    const status = probe.statuses.at(-1);
    if (lie !== undefined || status === undefined || health.latest?.attempt.kind === 'healthy')
        return lie;
    return [findUnusable, findDown, findWrongAnswers, findOtherPort]
        .map((find) => find(observation, status))
        .find((failure) => failure !== undefined);
}
function findOtherVersion({ name, unit, version }, found) {
    if (version === undefined || found === undefined || found === version)
        return undefined;
    return new Failure(`${name}: the daemon reports version ${judge_quote(found)}, but ${judge_quote(version)} was built`, {
        mend: `see which binary ExecStart= of ${unit} names, and whether the version was linked into it`,
        evidence: [`GET /version answered {"version":${JSON.stringify(found)}}`],
    });
}
/** A unit that cannot run. */
function findUnusable({ name, unit }, status) {
    if (status.loadState !== '' && status.loadState !== 'loaded') {
        return fail(`${name}: systemd has no usable ${unit}: ${status.loadState}`, status);
    }
    const down = status.activeState === 'failed' || status.subState.startsWith('auto-restart');
    if (!down || status.execMainCode !== 1 || status.execMainStatus !== exitExec)
        return undefined;
    return fail(`${name}: ${unit} cannot be executed (systemd status 203/EXEC)`, status, {
        mend: "the daemon's file must be there, be for this processor, and have its execute bit (0755)",
    });
}
/** A unit that does not run, or not for long. */
function findDown({ name, unit, probe }, status) {
    const killed = probe.killedAt !== undefined;
    const failed = status.activeState === 'failed';
    const inactive = status.activeState === 'inactive';
    if (killed && (failed || inactive)) {
        return fail(`${name}: ${unit} did not come back after its process was killed`, status, { mend: `give ${unit} the line Restart=always` });
    }
    if (failed)
        return fail(`${name}: ${unit} failed: ${judge_describeEnd(status)}`, status);
    if (inactive && probe.identity !== undefined) {
        return fail(`${name}: the boot is finished and ${unit} was not started`, status, { mend: `enable ${unit} in the image` });
    }
    if (status.restarts <= toleratedRestarts + (killed ? 1 : 0))
        return undefined;
    return fail(`${name}: ${unit} crashes again and again: ${status.restarts} restarts, ${judge_describeEnd(status)}`, status);
}
function findWrongAnswers({ name, health, now }, status) {
    const attempt = health.latest?.attempt;
    if (attempt?.kind !== 'wrong' || health.wrongSince === undefined || now - health.wrongSince < wrongAnswersMs)
        return undefined;
    const seconds = Math.round((now - health.wrongSince) / 1000);
    return fail(`${name}: ${attempt.answer}, not 200, for ${seconds} s`, status, { evidence: [attempt.body] });
}
function findOtherPort({ name, unit, port, probe }, status) {
    if (probe.statuses.length < stableReports)
        return undefined;
    if (!probe.statuses.slice(-stableReports).every((report) => listensElsewhere(report, port)))
        return undefined;
    const heard = status.listeners.filter(({ ofDaemon }) => ofDaemon).map(({ address, port: other }) => `${address}:${other}`);
    return fail(`${name}: ${unit} listens on ${heard.join(', ')}, not on port ${port} of every address`, status, {
        mend: `make the daemon listen on 0.0.0.0:${port}, or say which port it has`,
    });
}
function listensElsewhere(status, port) {
    const own = status.listeners.filter(({ ofDaemon }) => ofDaemon);
    return own.length > 0 && !own.some((listener) => listener.port === port && !isLoopback(listener.address));
}
function isLoopback(address) {
    return address === '[::1]' || address.startsWith('127.');
}
function judge_describeEnd({ execMainCode, execMainStatus, result }) {
    const how = execMainCode === 1 ? 'exit code' : 'signal';
    return execMainCode === 0 ? result : `its last process ended with ${how} ${execMainStatus}`;
}
function fail(message, status, details = {}) {
    return new Failure(message, { ...details, evidence: [...(details.evidence ?? []), ...describeStatus(status)] });
}
/** The lines that show a unit's state: properties, listening sockets, journal. */
function describeStatus(status) {
    const { activeState, subState, result, execMainCode, execMainStatus, restarts, unitFileState } = status;
    const listeners = status.listeners.map(({ address, port, ofDaemon }) => `${address}:${port}${ofDaemon ? ' (the daemon)' : ''}`);
    return [
        `ActiveState=${activeState} SubState=${subState} Result=${result} ExecMainCode=${execMainCode} ExecMainStatus=${execMainStatus} ` +
            `NRestarts=${restarts} UnitFileState=${unitFileState}`,
        `listening: ${listeners.join(', ') || 'nothing'}`,
        ...status.journal.map((line) => `journal: ${line}`),
    ];
}
function judge_quote(text) {
    return JSON.stringify(text);
}

;// CONCATENATED MODULE: ./build/smoke/probe-records.js


/** `{"key":"value"}` */
function parseRecord(line) {
    let entries = [];
    try {
        const parsed = JSON.parse(line);
        if (typeof parsed === 'object' && parsed !== null)
            entries = Object.entries(parsed);
    }
    catch {
        // No entries: refused below.
    }
    const [[key, value] = []] = entries;
    if (entries.length !== 1 || key === undefined || typeof value !== 'string')
        throw malformed('a line that is not a record', line);
    return { key, value };
}
function malformed(what, line) {
    return new Failure(`the probe in the guest wrote ${what}`, { evidence: [toPlainText(line, 500)] });
}
function groupByKey(records) {
    const fields = new Map();
    for (const { key, value } of records) {
        const values = fields.get(key);
        if (values === undefined)
            fields.set(key, [value]);
        else
            values.push(value);
    }
    return fields;
}
const keptValues = 64;
function valuesOf(fields, key) {
    return (fields.get(key) ?? []).slice(0, keptValues).map((value) => toPlainText(value.trim(), 1000));
}
function probe_records_valueOf(fields, key) {
    return valuesOf(fields, key)[0] ?? '';
}

;// CONCATENATED MODULE: ./build/smoke/guest-facts.js


function readStatus(fields) {
    const sockets = new Set(fields.get('socket'));
    return {
        loadState: probe_records_valueOf(fields, 'LoadState'),
        unitFileState: probe_records_valueOf(fields, 'UnitFileState'),
        activeState: probe_records_valueOf(fields, 'ActiveState'),
        subState: probe_records_valueOf(fields, 'SubState'),
        result: probe_records_valueOf(fields, 'Result'),
        execMainCode: readCount(probe_records_valueOf(fields, 'ExecMainCode')),
        execMainStatus: readCount(probe_records_valueOf(fields, 'ExecMainStatus')),
        restarts: readCount(probe_records_valueOf(fields, 'NRestarts')),
        listeners: valuesOf(fields, 'listen').map((line) => readListener(line, sockets)),
        journal: valuesOf(fields, 'journal'),
    };
}
function readCount(text) {
    return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}
/** `0100007F:08E8 13957`: the address in the order of the machine's bytes, as /proc/net/tcp has it (proc(5)). */
function readListener(line, sockets) {
    const [, address, port, inode] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) (\d+)$/.exec(line) ?? [];
    if (address === undefined || port === undefined || inode === undefined)
        throw malformed('a listening socket that is none', line);
    return { address: formatAddress(address), port: Number.parseInt(port, 16), ofDaemon: sockets.has(inode) };
}
function formatAddress(hexadecimal) {
    const bytes = (hexadecimal.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex').reverse()]);
    if (bytes.length === 4)
        return bytes.join('.');
    if (bytes.every((byte) => byte === 0))
        return '[::]';
    return bytes.every((byte, index) => byte === (index === 15 ? 1 : 0)) ? '[::1]' : `[${Buffer.from(bytes).toString('hex')}]`;
}
function readIdentity(fields) {
    const userspace = readCount(probe_records_valueOf(fields, 'UserspaceTimestampMonotonic'));
    return {
        machineId: getMatch(fields, 'machine-id', /^[0-9a-f]{32}$/),
        bootId: getMatch(fields, 'boot-id', /^[0-9a-f-]{36}$/),
        hostname: getMatch(fields, 'hostname', /^[\w.-]{1,253}$/),
        kernel: getMatch(fields, 'kernel', /^[\w.+~-]{1,128}$/),
        hostKeys: valuesOf(fields, 'host-key'),
        duids: valuesOf(fields, 'duid'),
        addresses: valuesOf(fields, 'address'),
        failedUnits: valuesOf(fields, 'failed-unit'),
        cloudInit: readCloudInit(probe_records_valueOf(fields, 'cloud-init')),
        ...(userspace === 0 ? {} : { userspaceMs: Math.round(userspace / 1000) }),
        slowestUnits: valuesOf(fields, 'slow-unit').flatMap(readSlowUnit),
    };
}
function getMatch(fields, key, shape) {
    const value = probe_records_valueOf(fields, key);
    if (!shape.test(value))
        throw new Failure(`the guest has no valid ${key}`, { evidence: [`${key}: ${value}`] });
    return value;
}
/** cloud-init's result.json, which may have been cut. */
function readCloudInit(result) {
    return /"errors": *\[ *\]/.test(result) ? 'done' : result;
}
/** A line of `systemd-analyze blame`: `1min 2.345s cloud-init.service`. */
function readSlowUnit(line) {
    const [, duration = '', unit] = /^((?:\d+(?:\.\d+)?(?:h|min|s|ms|us) )+)(\S+)$/.exec(line) ?? [];
    if (unit === undefined)
        return [];
    const scale = { h: 3_600_000, min: 60_000, s: 1000, ms: 1, us: 0.001 };
    const parts = [...duration.matchAll(/([\d.]+)([a-z]+)/g)];
    const milliseconds = parts.reduce((sum, [, amount, unitName = '']) => sum + Number(amount) * (scale[unitName] ?? 0), 0);
    return [{ unit, milliseconds: Math.round(milliseconds) }];
}
function readContent(fields) {
    return new Map((fields.get('chunk') ?? []).map((line) => {
        const [, index, digest] = /^(\d{1,9}) ([0-9a-f]{64})$/.exec(line.trim()) ?? [];
        if (digest === undefined)
            throw malformed('a chunk that is none', line);
        return [Number(index), digest];
    }));
}

;// CONCATENATED MODULE: ./build/smoke/probe-state.js


const emptyProbe = { statuses: [], pending: [] };
const keptStatuses = 4;
const longestBlock = 200_000;
const marker = /@@ch-golden (begin|end) (\w+)$/;
/**
 * Takes the next lines of the probe's console. Lines outside of a block belong to somebody else, such as a getty.
 * @throws Failure where a block is not what the probe writes: the guest is foreign.
 */
function readProbeLines(state, lines, now) {
    let next = state;
    let block = [...state.pending];
    for (const line of lines) {
        const [, edge, kind = ''] = marker.exec(line) ?? [];
        if (edge === 'begin')
            block = [kind];
        else if (block[0] === undefined)
            continue;
        else if (edge === undefined)
            block.push(line);
        else if (kind !== block[0])
            throw malformed(`a block "${block[0]}" that ends as "${kind}"`, line);
        else {
            next = { ...next, ...readBlock(kind, block.slice(1).map(parseRecord), next, now) };
            block = [];
        }
    }
    if (block.length > longestBlock)
        throw malformed(`a block of more than ${longestBlock} lines`, block.at(-1) ?? '');
    return { ...next, pending: block };
}
function readBlock(kind, records, state, now) {
    const fields = groupByKey(records);
    switch (kind) {
        case 'status': return { statuses: [...state.statuses, readStatus(fields)].slice(-keptStatuses) };
        case 'identity': return { identity: readIdentity(fields) };
        case 'content': return { content: readContent(fields) };
        case 'killed': return { killedAt: now };
        case 'restarted': return { restartedAt: now };
        default: throw malformed('an unknown block', kind);
    }
}

;// CONCATENATED MODULE: ./build/smoke/prove-clone.js






const prove_clone_tickMs = 250;
/** Between looks at a daemon that is healthy: each costs an emulated guest some of its boot. */
const calmMs = 2_000;
/** Watches a clone until all of its task is proven, or sure to fail. @throws Failure that says why. */
async function proveClone(clone, task, ports) {
    const end = new AbortController();
    const inner = { ...ports, signal: AbortSignal.any([ports.signal, end.signal]) };
    let progress = { consoleTail: [], probe: emptyProbe, health: {} };
    let looking = lookAtHealth(clone, task, progress, inner);
    try {
        for (;;) {
            const { exit, health = progress.health } = await waitForEvent(clone, looking, inner);
            const next = await readConsoles(clone, { ...progress, health }, ports.clock.now());
            if (exit !== undefined)
                await failForExit(clone, exit, next.consoleTail);
            tellNews(clone, progress, next, ports.log);
            const proof = judge(clone, task, next, ports.clock.now());
            if (proof !== undefined)
                return proof;
            if (health !== progress.health)
                looking = lookAtHealth(clone, task, next, inner);
            progress = next;
        }
    }
    finally {
        end.abort();
        // The last look is cancelled, and nobody waits for it.
        looking.catch(() => undefined);
    }
}
/** The machine's end, a look at the daemon, or nothing for a while: then the consoles may have something new. */
async function waitForEvent(clone, looking, { clock, signal }) {
    const tick = clock.sleep(prove_clone_tickMs, signal).then(() => ({}));
    const event = await Promise.race([clone.machine.exited.then((exit) => ({ exit })), looking, tick]);
    // A cancel ends the machine too: it must not be told as the machine's own end.
    signal.throwIfAborted();
    return event;
}
/** @throws Failure where the clone will not be proven. */
function judge(clone, task, progress, now) {
    const trouble = tryDiagnose({ name: clone.name, ...task.daemon, version: task.daemon.version, ...progress, now });
    if (trouble !== undefined)
        throw trouble;
    const proof = tryConclude(clone, task, progress);
    if (proof === undefined && now > task.deadline)
        throw describeDelay(clone, task, progress, now);
    return proof;
}
async function lookAtHealth(clone, task, { health, probe }, { clock, signal }) {
    const calm = health.first !== undefined && probe.killedAt === undefined;
    await clock.sleep(calm ? calmMs : prove_clone_tickMs, signal);
    const startedAt = clock.now();
    const attempt = await checkHealth({ path: task.healthPath, get: async (path, cancel) => clone.machine.get(path, cancel) }, signal);
    return { health: recordAttempt(health, attempt, startedAt, clock.now()) };
}
async function readConsoles(clone, before, now) {
    const consoleTail = await watchConsole(clone, before.consoleTail);
    const probe = readProbeLines(before.probe, await clone.probeConsole.readLines(), now);
    const kernelAt = before.kernelAt ?? (consoleTail.length > 0 ? now : undefined);
    return { ...before, consoleTail, probe, ...(kernelAt === undefined ? {} : { kernelAt }) };
}
function tellNews(clone, before, now, log) {
    const told = listMilestones(clone, before);
    for (const line of listMilestones(clone, now).filter((milestone) => !told.includes(milestone)))
        log.info(`${clone.name}: ${line}`);
}
/** What has been reached, in words. */
function listMilestones({ startedAt }, { kernelAt, health, probe }) {
    const after = (at) => `${((at - startedAt) / 1000).toFixed(1)} s after the start`;
    return [
        ...(kernelAt === undefined ? [] : [`the kernel runs ${after(kernelAt)}`]),
        ...(health.first === undefined ? [] : [`GET ${health.first.answer.path} answered 200 ${after(health.first.at)}`]),
        ...(probe.identity === undefined ? [] : [`the boot is finished, cloud-init is ${probe.identity.cloudInit === 'done' ? 'done' : 'done with errors'}`]),
        ...(probe.content === undefined ? [] : [`${probe.content.size} chunks of the image were read back`]),
        ...(probe.killedAt === undefined ? [] : ['the daemon was killed']),
        ...(probe.restartedAt === undefined ? [] : ['the daemon was started again']),
    ];
}
/** The proof, once nothing of it is missing. @throws Failure where the guest read other content than the image has. */
function tryConclude(clone, task, { probe, health, kernelAt }) {
    const { identity, content } = probe;
    if (content !== undefined)
        assertSameContent(clone.name, task.chunks, content, task.chunkSize);
    else if (task.chunks.length > 0)
        return undefined;
    const restartMs = measureRestart(probe, health);
    if (task.killDaemon && restartMs === undefined)
        return undefined;
    const { first, latest } = health;
    if (first === undefined || latest?.attempt.kind !== 'healthy' || identity === undefined || kernelAt === undefined)
        return undefined;
    const { path, daemonVersion } = first.answer;
    return {
        identity,
        health: { path, ...(daemonVersion === undefined ? {} : { daemonVersion }) },
        kernelMs: kernelAt - clone.startedAt,
        healthMs: first.at - clone.startedAt,
        restartMs,
    };
}
/** From the kill to the first look that began after the new process listened. */
function measureRestart({ killedAt, restartedAt }, { latest }) {
    if (killedAt === undefined || restartedAt === undefined || latest?.attempt.kind !== 'healthy')
        return undefined;
    return latest.startedAt < restartedAt ? undefined : latest.at - killedAt;
}
function describeDelay(clone, task, progress, now) {
    const status = progress.probe.statuses.at(-1);
    const seconds = Math.round((now - clone.startedAt) / 1000);
    return new Failure(`${clone.name}: not proven within ${seconds} s: ${nameMissing(task, progress)}`, {
        mend: status === undefined
            ? 'the probe needs cloud-init with its NoCloud data source, systemd and a virtio console in the image; else give more time'
            : 'give the smoke test more time, or find out what holds up the boot',
        evidence: [
            ...(status === undefined ? [] : describeStatus(status)),
            ...progress.consoleTail.slice(-20),
        ],
    });
}
function nameMissing(task, { kernelAt, health, probe }) {
    if (kernelAt === undefined)
        return 'the kernel wrote nothing to its serial port';
    if (health.latest?.attempt.kind !== 'healthy')
        return `the daemon gave no positive answer (${describeLook(health)})`;
    if (probe.statuses.length === 0)
        return 'the probe in the guest has not reported';
    if (probe.identity === undefined)
        return 'the guest has not finished its boot';
    if (probe.content === undefined && task.chunks.length > 0)
        return 'the guest has not read the image back';
    return `the daemon was not killed and started again (${describeLook(health)})`;
}
function describeLook({ latest }) {
    switch (latest?.attempt.kind) {
        case undefined: return 'not asked';
        case 'healthy': return 'it answers';
        case 'wrong': return latest.attempt.answer;
        case 'silent': return latest.attempt.reason;
    }
}

;// CONCATENATED MODULE: ./build/smoke/seed.js


/** On Debian and Ubuntu nothing in /run can be executed: it is for sh to read. */
const scriptPath = '/run/ch-golden-probe.sh';
const scriptEnd = 'END_OF_CH_GOLDEN_PROBE';
/** In the ISO all dates are this one, so that the same seed is the same file. */
const seedDate = '2020010100000000';
/** The files of cloud-init's NoCloud data source. JSON is YAML, and needs no quoting of ours. */
function seedFiles(seed) {
    return {
        'meta-data': toText({ 'instance-id': seed.name, 'local-hostname': seed.name }),
        // By MAC, for nobody knows the interface's name; static, for an image that waits for DHCP loses minutes.
        'network-config': toText({
            version: 2,
            ethernets: {
                smoke: {
                    match: { macaddress: seed.macAddress },
                    addresses: [seed.network.address],
                    routes: [{ to: '0.0.0.0/0', via: seed.network.gateway }],
                },
            },
        }),
        'user-data': `#cloud-config\n${toText({
            // An RSA key costs an emulated guest up to half a minute.
            ssh_genkeytypes: ['ed25519'],
            // As early as can be, so that a daemon in trouble is told of before the boot is finished; detached, for the
            // probe waits for the end of the boot, of which this is a part.
            bootcmd: [`cat > ${scriptPath} <<'${scriptEnd}'\n${seed.probeScript}${scriptEnd}\nsystemd-run --no-block --unit=ch-golden-probe sh ${scriptPath}\n`],
        })}`,
    };
}
function toText(value) {
    return `${JSON.stringify(value, undefined, 2)}\n`;
}
/** Writes the seed as an ISO file system that cloud-init finds by its label. */
async function writeSeedIso(seed, { folder, iso }, processes) {
    await (0,external_node_fs_promises_namespaceObject.mkdir)(folder, { recursive: true });
    for (const [name, content] of Object.entries(seedFiles(seed)))
        await (0,external_node_fs_promises_namespaceObject.writeFile)((0,external_node_path_.join)(folder, name), content);
    await processes.run({
        argv: [
            'xorriso', '-as', 'mkisofs', '-quiet', '-volid', 'cidata', '-joliet', '-rational-rock', '-uid', '0', '-gid', '0',
            `--modification-date=${seedDate}`, '--set_all_file_dates', seedDate, '-output', iso, folder,
        ],
    });
}

;// CONCATENATED MODULE: ./build/smoke/together.js
/**
 * Runs works side by side and waits until all have ended; the first that fails cancels the others.
 * @throws what the first failure threw.
 */
async function together(signal, works) {
    const cancel = new AbortController();
    const either = AbortSignal.any([signal, cancel.signal]);
    const failures = [];
    const results = await Promise.all(works.map(async (work) => {
        try {
            return [await work(either)];
        }
        catch (error) {
            failures.push(error);
            cancel.abort(error);
            return [];
        }
    }));
    if (failures.length > 0)
        throw failures[0];
    return results.flatMap((result) => result);
}

;// CONCATENATED MODULE: ./build/smoke/prove-image.js












/** Boots clones of an image and proves that each works and that no two are the same. @throws Failure that says what is wrong. */
async function proveImage(request, ports) {
    if (request.clones < 1)
        throw new UsageError(`clones: ${request.clones} is too few: at least 1`);
    const vmm = await chooseVmm({ ...request, kvmDevice: '/dev/kvm' }, ports);
    const golden = await maskGolden((0,external_node_path_.resolve)(request.image.path), (0,external_node_path_.join)(request.folder, 'golden.qcow2'), ports.processes);
    const deadline = ports.clock.now() + request.timeoutMs;
    const plans = planClones(request, vmm);
    const clones = [];
    try {
        ports.log.info(`booting ${plans.length} clones of ${request.image.path}`);
        const proofs = await together(ports.signal, plans.map((plan) => async (signal) => {
            const clone = await startClone(plan, { request, vmm, golden }, ports);
            clones.push(clone);
            return proveClone(clone, describeTask(request, plan, deadline), { ...ports, signal });
        }));
        assertDistinct(proofs.map(({ identity }) => identity));
        warnOfTroubles(proofs, ports.log);
        const powerOffs = await together(ports.signal, clones.map((clone) => async (signal) => powerOff(clone, { ...ports, signal })));
        return writeReport(request, vmm, plans, proofs, Math.max(...powerOffs));
    }
    finally {
        await Promise.all(clones.map(async ({ machine }) => machine.stop()));
        await Promise.all([golden.path, ...plans.map(({ overlay }) => overlay)].map(async (path) => (0,external_node_fs_promises_namespaceObject.rm)(path, { force: true })));
    }
}
function planClones(request, vmm) {
    return shareChunks(request.digest, vmm.accelerator, request.clones).map((chunks, index) => {
        const name = `smoke-${index + 1}`;
        const folder = (0,external_node_path_.resolve)(request.folder, name);
        const macAddress = `52:54:00:c4:00:${(index + 1).toString(16).padStart(2, '0')}`;
        return { name, folder, overlay: (0,external_node_path_.join)(folder, 'disk.qcow2'), macAddress, chunks, killDaemon: index === 0 };
    });
}
async function startClone(plan, { request, vmm, golden }, { processes, clock }) {
    const { name, folder, overlay, macAddress, chunks, killDaemon } = plan;
    const { unit, port } = request.daemon;
    const iso = (0,external_node_path_.join)(folder, 'seed.iso');
    const probeScript = writeProbeScript({ unit, port, chunks: chunks.map(({ index }) => index), chunkSize: request.digest.chunkSize, killDaemon });
    await (0,external_node_fs_promises_namespaceObject.mkdir)(folder, { recursive: true });
    await writeSeedIso({ name, macAddress, network: vmm.guestNetwork, probeScript }, { folder: (0,external_node_path_.join)(folder, 'seed'), iso }, processes);
    await processes.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', (0,external_node_path_.resolve)(request.image.path), overlay] });
    const startedAt = clock.now();
    const machine = await vmm.start({
        name,
        folder,
        kernel: (0,external_node_path_.resolve)(request.kernel),
        initramfs: (0,external_node_path_.resolve)(request.initramfs),
        cmdline: request.cmdline,
        memoryMiB: request.memoryMiB,
        cpus: request.cpus,
        disks: [
            { path: overlay, format: 'qcow2', readOnly: false },
            { path: iso, format: 'raw', readOnly: true },
            golden,
        ],
        network: { macAddress, guestPort: port },
    });
    const kernelConsole = createConsoleReader(machine.kernelConsole, name);
    return { name, machine, kernelConsole, probeConsole: createConsoleReader(machine.probeConsole, name), startedAt };
}
function describeTask({ healthPath, daemon, digest }, { chunks, killDaemon }, deadline) {
    return { healthPath, daemon, chunks, chunkSize: digest.chunkSize, killDaemon, deadline };
}
/** What does not make an image unfit, but should not go unseen. */
function warnOfTroubles(proofs, log) {
    for (const { hostname, failedUnits, cloudInit } of proofs.map(({ identity }) => identity)) {
        if (failedUnits.length > 0)
            log.warn(`${hostname}: units that failed: ${failedUnits.join(', ')}`);
        if (cloudInit !== 'done')
            log.warn(`${hostname}: cloud-init ended with errors: ${cloudInit}`);
    }
}
function writeReport({ digest }, vmm, plans, proofs, powerOffMs) {
    const [first] = proofs;
    if (first?.restartMs === undefined)
        throw new TypeError('the daemon of the first clone is always killed');
    return {
        vmm: vmm.kind,
        vmmVersion: vmm.version,
        accelerator: vmm.accelerator,
        health: first.health,
        clones: proofs.map(describeClone),
        restartMs: first.restartMs,
        powerOffMs,
        chunksVerified: { read: plans.reduce((sum, { chunks }) => sum + chunks.length, 0), of: digest.chunks.length },
    };
}
function describeClone({ identity, kernelMs, healthMs }) {
    const { hostname, machineId, bootId, hostKeys, kernel, cloudInit, failedUnits, addresses, userspaceMs, slowestUnits } = identity;
    const times = { kernelMs, healthMs, slowestUnits, ...(userspaceMs === undefined ? {} : { userspaceMs: kernelMs + userspaceMs }) };
    return { hostname, machineId, bootId, hostKeys, kernel, cloudInit, failedUnits, addresses, times };
}

;// CONCATENATED MODULE: ./build/store/reap-staged.js
/** A process needs a moment from the first byte that it stages to the lock that says it lives. */
const youngMs = 60_000;
/**
 * Removes what runs that were killed have left staged, and gives its keys. What a live process holds stays; where
 * the store cannot tell, what is younger than `graceMs` stays.
 */
async function reapStaged(request, ports) {
    const reaped = [];
    for await (const leftover of ports.store.listStaged()) {
        const age = ports.clock.now() - leftover.since;
        if (leftover.alive === true || age < (leftover.alive === false ? youngMs : request.graceMs))
            continue;
        await leftover.abort();
        ports.log.detail(`removed what a run that has ended left staged for ${leftover.key}`);
        reaped.push(leftover.key);
    }
    return reaped;
}

;// CONCATENATED MODULE: ./build/store/version-facts.js
/** Gathers what the rooms have found out. What else their types carry, such as paths, the manifest's schema leaves out. */
function describeVersion(parts) {
    const { golden } = parts;
    const { driver, layout, compression, edits, packages, kernel, cmdline, cloudHypervisor } = golden;
    return {
        driver, layout, compression, edits, packages, kernel, cmdline, cloudHypervisor,
        created: parts.created.toISOString(),
        builder: parts.builder,
        fingerprint: parts.fingerprint,
        base: { ...parts.base, ...parts.base.origin },
        daemon: parts.daemon,
        disk: {
            ...golden.digest,
            virtualSize: golden.virtualSize,
            ...(golden.backingFile === undefined ? {} : { backingFile: golden.backingFile }),
        },
        smoke: parts.smoke,
        ...(parts.previous === undefined ? {} : { previous: parts.previous }),
    };
}

;// CONCATENATED MODULE: ./build/app/fingerprint.js

/** Raised when the same ingredients are to make another image: a new version is built then. */
const recipe = 1;
/** Stands for the ingredients, as 64 hexadecimal digits. Where files lie on this machine does not count. */
function fingerprintImage({ base, edits, layout, compression, diskSize }) {
    return sha256Of(JSON.stringify({ recipe, base: base.sha256, edits: edits.map(withoutPaths), layout, compression, diskSize }));
}
function withoutPaths(edit) {
    return edit.kind === 'write' && 'file' in edit.content ? { ...edit, content: edit.content.sha256 } : edit;
}

;// CONCATENATED MODULE: ./build/app/keep-consoles.js



/** Runs a smoke test and, where it fails, keeps what the VMs printed: the run folder goes, `to` stays. */
async function keepConsoles(folders, work) {
    try {
        return await work();
    }
    catch (error) {
        if (folders.to !== undefined && !(error instanceof CancelledError))
            await copyConsoles(folders.from, (0,external_node_path_.join)(folders.to, 'consoles'));
        throw error;
    }
}
async function copyConsoles(from, to) {
    const entries = await (0,external_node_fs_promises_namespaceObject.readdir)(from, { recursive: true, withFileTypes: true });
    const consoles = entries.filter((entry) => entry.isFile() && /\.(log|jsonl?|txt)$/.test(entry.name));
    await (0,external_node_fs_promises_namespaceObject.mkdir)(to, { recursive: true });
    for (const entry of consoles) {
        const folder = (0,external_node_path_.basename)(entry.parentPath);
        await (0,external_node_fs_promises_namespaceObject.copyFile)((0,external_node_path_.join)(entry.parentPath, entry.name), (0,external_node_path_.join)(to, folder === (0,external_node_path_.basename)(from) ? entry.name : `${folder}-${entry.name}`));
    }
}

;// CONCATENATED MODULE: ./build/app/keep-files.js



/**
 * Copies the files of an image into a folder that outlasts the run, laid out as the guide's on a host,
 * so that a layered image finds its base. Each appears whole, or not at all.
 */
async function keepFiles({ golden, base, name }, folder) {
    const root = (0,external_node_path_.resolve)(folder);
    const kept = {
        image: (0,external_node_path_.join)(root, 'snapshots', `${name}.qcow2`),
        kernel: (0,external_node_path_.join)(root, 'kernels', (0,external_node_path_.basename)(golden.kernel.path)),
        initramfs: (0,external_node_path_.join)(root, 'kernels', (0,external_node_path_.basename)(golden.initramfs.path)),
    };
    if (golden.backingFile !== undefined)
        await copyWhole(base.path, (0,external_node_path_.join)(root, 'images', (0,external_node_path_.basename)(golden.backingFile)));
    await copyWhole(golden.kernel.path, kept.kernel);
    await copyWhole(golden.initramfs.path, kept.initramfs);
    await copyWhole(golden.image.path, kept.image);
    return kept;
}
async function copyWhole(from, to) {
    await (0,external_node_fs_promises_namespaceObject.mkdir)((0,external_node_path_.dirname)(to), { recursive: true });
    const part = `${to}.part-${process.pid}`;
    await (0,external_node_fs_promises_namespaceObject.copyFile)(from, part, external_node_fs_.constants.COPYFILE_FICLONE);
    await (0,external_node_fs_promises_namespaceObject.rename)(part, to);
}

;// CONCATENATED MODULE: ./build/store/claim-version.js







const claim_version_tries = 1000;
/** Claims a version. @throws UsageError for an image name that is not allowed, Failure where the version is taken. */
async function claimVersion(request, ports) {
    checkImageName(request.image);
    if (request.version !== undefined)
        return claimExactly(request, request.version, ports);
    const first = (await findHighestVersion(request.image, ports.store)) + 1;
    for (let version = first; version < first + claim_version_tries; version += 1) {
        if (await tryClaim(request, version, ports))
            return { image: request.image, version, owner: request.owner };
        ports.log.detail(`version ${version} of ${request.image} was claimed by another run; trying the next`);
    }
    throw new Failure(`others claimed each of ${claim_version_tries} versions of ${request.image} while we tried to`);
}
const claimSchema = fields({
    schema: literal(1),
    image: schema_parts_text,
    version: versionNumber,
    owner: schema_parts_text,
    created: iso_datetime(),
    builder: builderSchema,
});
const claimKind = { schema: claimSchema, version: 1, limit: 64 * 1024 };
async function claimExactly(request, version, ports) {
    const { image, owner } = request;
    const claim = documentKey(image, version, 'claim');
    for await (const { key } of ports.store.list(versionPrefix(image, version))) {
        if (key !== claim)
            throw new Failure(`version ${version} of ${image} is taken: ${ports.store.uri(key)} is there`);
    }
    if (await tryClaim(request, version, ports))
        return { image, version, owner };
    const other = await tryReadClaim(image, version, ports.store);
    const who = other === undefined ? 'an unreadable claim' : `the claim of ${describeBuilder(other.builder)} at ${other.created}`;
    throw new Failure(`version ${version} of ${image} is taken by ${who}`, { mend: 'publish under another version' });
}
async function tryClaim(request, version, { store, clock }) {
    const { image, owner, builder } = request;
    const bytes = formatDocument({ schema: 1, image, version, owner, created: new Date(clock.now()).toISOString(), builder });
    // Not cached: a claim is removed again when the smoke test fails.
    if (await store.createOnly(documentKey(image, version, 'claim'), bytes, { owner, cacheControl: 'no-store' }) === 'created')
        return true;
    return (await tryReadClaim(image, version, store))?.owner === owner;
}
/** Undefined where there is none, or one that somebody wrote by hand: it is taken all the same. */
async function tryReadClaim(image, version, store) {
    const key = documentKey(image, version, 'claim');
    const content = await store.read(key, claimKind.limit);
    try {
        return content === undefined ? undefined : parseDocument(claimKind, content.bytes, store.uri(key));
    }
    catch {
        return undefined;
    }
}
/** Of all that were ever published, claimed, or put there by hand. */
async function findHighestVersion(image, store) {
    let { highest } = await readIndex(image, store);
    for await (const { key } of store.list(imagePrefix(image))) {
        highest = Math.max(highest, tryParseVersion(image, key) ?? 0);
    }
    return highest;
}
function describeBuilder(builder) {
    return builder.run ?? builder.repository ?? builder.tool;
}

;// CONCATENATED MODULE: ./build/store/file-chunks.js


/** Bytes. A pull fetches whole chunks: small enough that a changed file costs little, large enough for a short manifest. */
const fileChunkSize = 1024 ** 2;
/** The SHA-256 of each chunk of a file, in order; the last can be shorter. One chunk is in memory at a time. */
async function hashFileChunks(path, signal) {
    const file = await (0,external_node_fs_promises_namespaceObject.open)(path);
    try {
        const digests = [];
        const buffer = Buffer.allocUnsafe(fileChunkSize);
        for (;;) {
            signal?.throwIfAborted();
            const length = await fill(buffer, file);
            if (length > 0)
                digests.push(sha256Of(buffer.subarray(0, length)));
            if (length < buffer.length)
                return digests;
        }
    }
    finally {
        await file.close();
    }
}
/** Reads on until the buffer is full or the file ends: one read can give less. */
async function fill(buffer, file) {
    let length = 0;
    while (length < buffer.length) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length);
        if (bytesRead === 0)
            break;
        length += bytesRead;
    }
    return length;
}

;// CONCATENATED MODULE: ./build/store/write-once.js



/** What goes along with an object that never changes: whoever has it need not ask again. */
function immutableBy(owner) {
    return { owner, cacheControl: 'public, max-age=31536000, immutable' };
}
/** Writes an object that never changes. @throws Failure where there is one with other content. */
async function createDocument(key, bytes, owner, store) {
    if (await store.createOnly(key, bytes, immutableBy(owner)) === 'created')
        return;
    const found = await store.read(key, manifestLimit);
    if (found?.bytes.equals(bytes) !== true)
        throw occupied(key, store);
}
/** Makes sure of an object by what the store says of it. @throws Failure where it is missing, or another. */
async function checkHead(key, expected, store) {
    const head = await store.head(key);
    if (head === undefined)
        throw new Failure(`${store.uri(key)} is not in the store`);
    if (head.size !== expected.size)
        throw new Failure(`${store.uri(key)} has ${head.size} bytes in the store, not ${expected.size}`);
    if (head.sha256 !== undefined && head.sha256 !== expected.sha256)
        throw new Failure(`${store.uri(key)} has another SHA-256 in the store`);
}
/** Makes sure of an object that was there before ours: by its bytes. @throws Failure where they differ. */
async function checkContent(key, expected, store) {
    const hash = (0,external_node_crypto_namespaceObject.createHash)('sha256');
    for await (const chunk of (await store.open(key)) ?? [])
        hash.update(chunk);
    if (hash.digest('hex') !== expected.sha256)
        throw occupied(key, store);
}
function occupied(key, store) {
    return new Failure(`${store.uri(key)} is there already, with other content`, {
        mend: 'something other than a publisher has written it; publish under another version',
    });
}

;// CONCATENATED MODULE: ./build/store/stage-files.js



/** Stages all files side by side; when one cannot be staged, none is. @throws what went wrong first */
async function stageFiles(request, ports) {
    const failed = new AbortController();
    const signal = request.signal === undefined ? failed.signal : AbortSignal.any([request.signal, failed.signal]);
    const reportProgress = sumProgress(request.files, ports.log);
    const outcomes = await Promise.allSettled(request.files.map(async (file) => stageOne(file, request.owner, { ...ports, signal, reportProgress }).catch((error) => {
        failed.abort(error);
        throw error;
    })));
    const staged = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    if (staged.length === outcomes.length)
        return staged;
    for (const file of staged)
        await file.staged?.abort();
    signal.throwIfAborted();
    return staged;
}
async function stageOne(source, owner, { store, signal, reportProgress }) {
    const { role, name, path, size, sha256 } = source;
    const file = { role, name, size, sha256, chunkSize: fileChunkSize, chunks: await hashFileChunks(path, signal) };
    const key = fileKey(file);
    // Versions share a base, and its name is its content's.
    if (role === 'base' && (await store.head(key))?.size === size)
        return { file, staged: undefined };
    const writer = immutableBy(owner);
    const onProgress = (done) => reportProgress(source, done);
    return { file, staged: await store.stage({ key, path, size, sha256, writer, signal, onProgress }) };
}
/** Progress of all files as one. */
function sumProgress(files, log) {
    const total = files.reduce((sum, { size }) => sum + size, 0);
    const doneOf = new Map();
    return (file, done) => {
        doneOf.set(file, done);
        log.progress('staging the files of the version', [...doneOf.values()].reduce((sum, one) => sum + one, 0), total);
    };
}

;// CONCATENATED MODULE: ./build/store/publish-version.js










/** Brings the files to the store, side by side, while the smoke test runs. @throws leaving nothing there. */
async function stageVersion(request, ports) {
    const { claim, golden, base, signal } = request;
    const named = (role) => ({
        role, name: versionFileName(claim.image, claim.version, role), ...golden[role],
    });
    const backing = golden.backingFile === undefined ? [] : [{ role: 'base', name: (0,external_node_path_.basename)(golden.backingFile), ...base }];
    const files = await stageFiles({
        owner: claim.owner,
        files: [named('image'), named('kernel'), named('initramfs'), ...backing],
        ...(signal === undefined ? {} : { signal }),
    }, ports);
    return { claim, files };
}
/**
 * Makes a version visible: its files, then their checksums, then the manifest, and last the index.
 * A reader goes the other way, so that whatever it finds is whole. When it fails, no reader knows of the version.
 */
async function commitVersion(request, ports) {
    const { store } = ports;
    checkChannelName(request.channel);
    const { claim: { image, version, owner }, files } = request.staged;
    const draft = { ...request.facts, schema: 1, image, version, files: files.map(({ file }) => file) };
    const manifest = parseManifest(formatDocument(draft), `the manifest of ${image}.${version}`);
    const bytes = formatDocument(manifest);
    for (const file of files)
        await complete(file, store);
    for (const { file } of files)
        await checkHead(fileKey(file), file, store);
    await createDocument(documentKey(image, version, 'SHA256SUMS'), formatSums(manifest.files), owner, store);
    const manifestKey = documentKey(image, version, 'manifest.json');
    await createDocument(manifestKey, bytes, owner, store);
    const manifestSha256 = sha256Of(bytes);
    const index = await updateIndex({
        image, owner,
        change: (current) => moveChannelForward(addVersion(current, { version, manifestSha256 }), request.channel, version),
    }, ports);
    const uriOf = (role) => store.uri(fileKey({ role, name: versionFileName(image, version, role) }));
    const uris = { image: uriOf('image'), kernel: uriOf('kernel'), initramfs: uriOf('initramfs'), manifest: store.uri(manifestKey) };
    return { manifest, manifestSha256, uris, index };
}
/**
 * Gives up a version: removes what is staged, and the claim too where nothing of the version was ever completed.
 * To be called whatever went wrong, whenever; it never throws, and after a commit it does nothing.
 */
async function abandonVersion(request, ports) {
    const { image, version } = request.claim;
    try {
        // What is aborted cannot be completed by a late request of ours, so that the listing after it is final.
        for (const { staged } of request.staged?.files ?? [])
            await staged?.abort();
        const claim = documentKey(image, version, 'claim');
        for await (const { key } of ports.store.list(versionPrefix(image, version)))
            if (key !== claim)
                return;
        await ports.store.delete(claim);
    }
    catch (error) {
        ports.log.warn(`version ${version} of ${image} stays claimed, and its number unused: ${errorMessage(error)}`);
    }
}
/** Where there is an object already, an answer to us got lost, or another run has published the same base. */
async function complete({ file, staged }, store) {
    if (staged !== undefined && await staged.complete() === 'exists')
        await checkContent(staged.key, file, store);
}
/** For `sha256sum --check` in the folder of the versions. */
function formatSums(files) {
    return Buffer.from(files.map(({ role, name, sha256 }) => `${sha256}  ${role === 'base' ? backingFileOf(name) : name}\n`).join(''));
}

;// CONCATENATED MODULE: ./build/store/retention.js



/**
 * Removes old versions. What a crash leaves undone, the next call does. A version's claim stays: no number
 * comes twice. Bases stay as well, since a run that is about to publish may have found one in the store.
 */
async function applyRetention(request, ports) {
    const { image, owner, keep, graceMs } = request;
    const { store, clock, log } = ports;
    const now = clock.now();
    const started = new Date(now).toISOString();
    const index = await updateIndex({ image, owner, change: (current) => startRetiring(current, keep, started) }, ports);
    const retired = index.retiring.filter(({ since }) => since === started).map(({ version }) => version);
    const removed = index.retiring.filter(({ since }) => Date.parse(since) + graceMs <= now).map(({ version }) => version);
    for (const version of removed) {
        await removeVersion(image, version, store);
        log.detail(`removed version ${version} of ${image}`);
    }
    await updateIndex({ image, owner, change: (current) => finishRetiring(current, removed) }, ports);
    return { retired, removed };
}
/** The manifest goes first: without it, nothing of the version can be mistaken for the whole. */
async function removeVersion(image, version, store) {
    await store.delete(documentKey(image, version, 'manifest.json'));
    const claim = documentKey(image, version, 'claim');
    const keys = [];
    for await (const { key } of store.list(versionPrefix(image, version)))
        if (key !== claim)
            keys.push(key);
    for (const key of keys)
        await store.delete(key);
}

;// CONCATENATED MODULE: ./build/app/publish-golden.js





/** Milliseconds: how long readers of a version that leaves have for finishing. */
const retentionGraceMs = 24 * 3600 * 1000;
/** Brings the files to the store, hidden, while the image boots; only when it has, the version becomes visible. */
async function publishGolden(publication, ports) {
    const { image, store, steps } = { ...publication, ...ports };
    const claim = await steps.run('Claim a version', async (log) => {
        const claimed = await claimVersion({ ...publication, builder: ports.builder }, { store, clock: ports.clock, log });
        log.info(`${image}.${claimed.version}`);
        return claimed;
    });
    const published = await proveAndCommit(publication, claim, ports);
    await retireOldVersions(publication, ports);
    return published;
}
async function proveAndCommit(publication, claim, ports) {
    const { base, golden, store, channel } = publication;
    let staging;
    try {
        const [smoke, staged] = await waitTogether([
            publication.prove(),
            ports.steps.run('Stage the files', async (log) => {
                staging = await stageVersion({ claim, golden, base, signal: ports.signal }, { store, log });
                return staging;
            }),
        ], ports.cancel);
        return await ports.steps.run('Publish', async (log) => {
            const version = await commitVersion({ staged, facts: publication.describe(smoke), channel }, { store, clock: ports.clock });
            log.info(`${claim.image}.${claim.version} is ${channel}`);
            return version;
        });
    }
    catch (error) {
        await ports.steps.run('Give up the version', async (log) => abandonVersion({ claim, ...(staging === undefined ? {} : { staged: staging }) }, { store, log }));
        throw error;
    }
}
/** The version is published: old ones that cannot be removed now are so by the next run. */
async function retireOldVersions({ image, owner, keep, store }, ports) {
    await ports.steps.run('Retire old versions', async (log) => {
        try {
            const { retired } = await applyRetention({ image, owner, keep, graceMs: retentionGraceMs }, { store, clock: ports.clock, log });
            log.info(retired.length === 0 ? `none: ${keep} are kept` : `${image}.${retired.join(`, ${image}.`)}`);
        }
        catch (error) {
            log.warn(`old versions could not be retired: ${errorMessage(error)}`);
        }
    });
}

;// CONCATENATED MODULE: ./build/app/build-image.js




















/** Builds the daemon, assembles a golden image with it, boots that, and publishes it as the next version. */
async function buildImage(inputs, ports) {
    return withRunFolder(inputs.folders.work, async (folder) => {
        const store = openStore(inputs.store.address, ports);
        const newest = await lookAround(inputs, store, ports);
        const [daemon, base] = await waitTogether([
            makeDaemon(inputs, await build_image_makeFolder(folder, 'daemon'), ports),
            getBase(inputs, newest, ports),
        ], ports.cancel);
        const edits = planImage(daemon, inputs.daemon.environment);
        const fingerprint = fingerprintImage({ base, edits, ...inputs.image });
        if (newest?.manifest.fingerprint === fingerprint && inputs.publish.ifUnchanged === 'skip')
            return { kind: 'unchanged', newest };
        const golden = await makeGolden(inputs, { base, edits, folder: await build_image_makeFolder(folder, 'golden') }, ports);
        const smokeFolder = await build_image_makeFolder(folder, 'smoke');
        const prove = async () => bootClones(inputs, { daemon, golden, folder: smokeFolder }, ports);
        const describe = (smoke) => describeVersion({
            base, daemon, golden, smoke, fingerprint, builder: ports.builder, created: new Date(ports.clock.now()),
            ...(newest === undefined ? {} : { previous: newest.manifest.version }),
        });
        const keep = async (name) => (inputs.folders.output === undefined ? {} : { kept: await keepFiles({ golden, base, name }, inputs.folders.output) });
        if (inputs.publish.dryRun)
            return { kind: 'proven', facts: describe(await prove()), ...await keep(inputs.publish.image) };
        const published = await publishGolden({ ...inputs.publish, owner: ports.owner, base, golden, store, prove, describe }, ports);
        return { kind: 'published', published, ...await keep(`${inputs.publish.image}.${published.manifest.version}`) };
    });
}
/** Fails in a moment for what would fail after minutes; answers with the newest version that there is. */
async function lookAround(inputs, store, ports) {
    return ports.steps.run('Look around', async (log) => {
        const { image, channel } = inputs.publish;
        await assertHealthyMachine(inputs, { ...ports, log });
        await reapStaged({ graceMs: retentionGraceMs }, { ...ports, store, log });
        const newest = await tryGetChannelVersion(image, channel, store);
        log.info(newest === undefined ? `no version of ${image} yet` : `${channel} is ${image}.${newest.manifest.version}`);
        return newest;
    });
}
async function makeDaemon(inputs, outputFolder, ports) {
    return ports.steps.run('Build the daemon', async (log) => buildDaemon({ ...inputs.daemon.request, outputFolder }, { ...ports, log }));
}
/** A base older than the newest version's is refused, unless that is allowed; serials of different bases do not compare. */
async function getBase(inputs, newest, ports) {
    const newestBase = newest?.manifest.base;
    const newestSerial = newestBase?.reference === inputs.base.reference ? newestBase.serial : undefined;
    return ports.steps.run('Get the base image', async (log) => {
        const base = await resolveBase({
            ...inputs.base,
            cacheFolder: inputs.folders.cache,
            ...(newestSerial === undefined ? {} : { newestSerial }),
        }, { ...ports, log });
        const serial = base.origin.serial === undefined ? '' : ` ${base.origin.serial}`;
        log.info(`${base.origin.reference}${serial}: ${base.format}, ${formatBytes(base.size)}, sha256 ${base.sha256.slice(0, 12)}`);
        return base;
    });
}
async function makeGolden(inputs, assembly, ports) {
    return ports.steps.run('Assemble the golden image', async (log) => {
        const golden = await assembleGolden({
            ...inputs.image, ...assembly, cacheFolder: inputs.folders.cache, forbiddenTexts: [inputs.folders.work],
        }, { ...ports, log });
        log.info(`${formatBytes(golden.image.size)}, Linux ${golden.kernel.version}, ${formatCount(golden.packages.length, 'package')}`);
        return golden;
    });
}
async function bootClones(inputs, { daemon, golden, folder }, ports) {
    if (!inputs.smoke.enabled)
        return null;
    return keepConsoles({ from: folder, to: inputs.folders.report }, async () => ports.steps.run('Boot clones of it', async (log) => {
        const report = await proveImage({
            ...inputs.smoke,
            image: { path: golden.image.path, virtualSize: golden.virtualSize },
            kernel: golden.kernel.path,
            initramfs: golden.initramfs.path,
            cmdline: golden.cmdline,
            digest: golden.digest,
            daemon: { port: inputs.daemon.port, unit: daemonUnit, ...(daemon.version === undefined ? {} : { version: daemon.version }) },
            folder,
        }, { ...ports, log });
        log.info(`${formatCount(report.clones.length, 'clone')} answered 200 on ${report.health.path}`);
        return report;
    }));
}
async function build_image_makeFolder(parent, name) {
    const folder = (0,external_node_path_.join)(parent, name);
    await (0,external_node_fs_promises_namespaceObject.mkdir)(folder);
    return folder;
}

;// CONCATENATED MODULE: ./build/app/describe-run.js




/** Tells how a build ended well. */
function describeOutcome(outcome, image, timeline) {
    switch (outcome.kind) {
        case 'unchanged': {
            const { version } = outcome.newest.manifest;
            return {
                schema: 1, outcome: 'unchanged', image, version, manifest: outcome.newest.manifest, timeline,
                reason: `nothing changed: base, daemon and plan are those of ${image}.${version}`,
            };
        }
        case 'proven': return {
            schema: 1, outcome: 'proven', image, facts: outcome.facts, timeline,
            reason: `${image} was built${outcome.facts.smoke === null ? '' : ' and booted'}; nothing is published: this was a dry run`,
        };
        case 'published': {
            const { manifest, uris } = outcome.published;
            return {
                schema: 1, outcome: 'published', image, version: manifest.version, manifest, timeline,
                reason: `${image}.${manifest.version} is published`,
                files: uris,
                ...(outcome.kept === undefined ? {} : { kept: outcome.kept }),
                launch: describeLaunch({ ...manifest, ...uris }),
            };
        }
    }
}
/** Tells how a build failed. */
function describeFailure(error, image, timeline) {
    const failed = timeline.find((row) => row.outcome === 'failed');
    const message = errorMessage(error);
    return {
        schema: 1,
        outcome: error instanceof CancelledError ? 'cancelled' : 'failed',
        image,
        reason: failed === undefined ? message : `${failed.title}: ${message}`,
        failure: {
            message,
            evidence: error instanceof Failure ? error.evidence : [],
            ...(error instanceof Failure && error.mend !== undefined ? { mend: error.mend } : {}),
        },
        timeline,
    };
}
/** The path behind a `file://` URI. */
function tryGetLocalPath(uri) {
    return uri.startsWith('file://') ? (0,external_node_url_namespaceObject.fileURLToPath)(uri) : undefined;
}
/** The guide's "Creating VM Overlays", for this version: an overlay for each VM, and the command that boots it. */
function describeLaunch({ image, kernel, initramfs, cmdline }) {
    const local = (uri) => tryGetLocalPath(uri) ?? (0,external_node_path_.basename)(uri);
    return [
        formatCommand(['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', local(image), 'disk.qcow2']),
        formatCommand([
            'cloud-hypervisor', '--kernel', local(kernel), '--initramfs', local(initramfs), '--cmdline', cmdline,
            '--disk', 'path=disk.qcow2,image_type=qcow2,backing_files=on', '--cpus', 'boot=2', '--memory', 'size=1G',
            '--serial', 'tty', '--console', 'off',
        ]),
    ];
}

;// CONCATENATED MODULE: ./build/app/run-build.js





/**
 * Builds an image and tells how it went: the report is written where the user wants one, whatever happened.
 * `onReport` gets it before a failure is thrown on.
 */
async function runBuild(inputs, ports, onReport) {
    const { image } = inputs.publish;
    const tell = async (report) => {
        await run_build_writeReport(report, inputs.folders.report);
        await onReport?.(report);
    };
    try {
        const outcome = await buildImage(inputs, ports);
        const report = describeOutcome(outcome, image, ports.steps.timeline());
        await tell(report);
        return report;
    }
    catch (error) {
        await tell(describeFailure(error, image, ports.steps.timeline()));
        throw error;
    }
}
async function run_build_writeReport(report, folder) {
    if (folder === undefined)
        return;
    await (0,external_node_fs_promises_namespaceObject.mkdir)(folder, { recursive: true });
    await writeFileAtomically((0,external_node_path_.join)(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
}

;// CONCATENATED MODULE: ./build/image/inspect-image.js









/** Finds out of a qcow2 image, from its file alone, how it is booted. `folder` takes the boot files. */
async function inspect_image_inspectImage(request, ports) {
    const file = { path: request.path, format: 'qcow2' };
    const { virtualSize } = await readQcow2Header(file.path);
    const disk = await openDisk(file, request.folder, ports);
    try {
        const guest = await openGuest(disk);
        const pair = await getBootPair(guest.files);
        const kernels = (0,external_node_path_.join)(request.folder, 'kernels');
        await (0,external_node_fs_promises_namespaceObject.mkdir)(kernels);
        const { kernel, initramfs } = await extractBootFiles(pair, guest.files, kernels);
        const chunks = await digestBase({ ...file, sha256: await sha256OfFile(file.path) }, { cache: request.cacheFolder, work: request.folder }, ports);
        return {
            image: { path: file.path, virtualSize },
            kernel: kernel.path,
            initramfs: initramfs.path,
            cmdline: await readCmdline(guest, pair.version),
            digest: { chunkSize: diskChunkSize, chunks, sha256: hashChunkTable(chunks) },
        };
    }
    finally {
        await disk.closeDisk();
    }
}

;// CONCATENATED MODULE: ./build/app/smoke-image.js















/** Boots clones of a published version, or of any image file, and proves that it works. */
async function smokeImage(request, ports) {
    return withRunFolder(request.folders.work, async (folder) => {
        const subject = await ports.steps.run('Get the image', async (log) => getSubject(request, folder, { ...ports, log }));
        const consoles = (0,external_node_path_.join)(folder, 'smoke');
        await (0,external_node_fs_promises_namespaceObject.mkdir)(consoles);
        return keepConsoles({ from: consoles, to: request.folders.report }, async () => ports.steps.run('Boot clones of it', async (log) => proveImage({
            ...request.smoke, ...subject, folder: consoles,
            daemon: { port: request.port, unit: daemonUnit, ...(subject.daemonVersion === undefined ? {} : { version: subject.daemonVersion }) },
        }, { ...ports, log })));
    });
}
async function getSubject(request, folder, ports) {
    const { subject } = request;
    if ('file' in subject)
        return inspect_image_inspectImage({ path: subject.file, folder, cacheFolder: request.folders.cache }, ports);
    const store = openStore(subject.store, ports);
    const { manifest } = await getWantedVersion({ ...subject, store });
    const files = new Map();
    for (const file of manifest.files)
        files.set(file.role, await fetchFile(file, store, folder, ports));
    const get = (role) => files.get(role) ?? '';
    return {
        image: { path: get('image'), virtualSize: manifest.disk.virtualSize },
        kernel: get('kernel'), initramfs: get('initramfs'), cmdline: manifest.cmdline, digest: manifest.disk,
        ...(manifest.daemon.version === undefined ? {} : { daemonVersion: manifest.daemon.version }),
    };
}
/** Fetches a file of a version as a whole, to the place that a layered image expects, and checks it against the manifest. */
async function fetchFile(file, store, folder, ports) {
    const key = fileKey(file);
    const path = (0,external_node_path_.join)(folder, file.role === 'base' ? 'images' : 'snapshots', file.name);
    await (0,external_node_fs_promises_namespaceObject.mkdir)((0,external_node_path_.dirname)(path), { recursive: true });
    const source = await store.open(key);
    if (source === undefined)
        throw new Failure(`${store.uri(key)} is missing`);
    const hash = (0,external_node_crypto_namespaceObject.createHash)('sha256');
    let done = 0;
    const meter = new external_node_stream_namespaceObject.Transform({
        transform: (chunk, _encoding, forward) => {
            hash.update(chunk);
            ports.log.progress(file.name, done += chunk.length, file.size);
            forward(null, chunk);
        },
    });
    await (0,external_node_stream_promises_namespaceObject.pipeline)(source, meter, (0,external_node_fs_.createWriteStream)(path, { flags: 'wx' }), { signal: ports.signal });
    if (hash.digest('hex') !== file.sha256)
        throw new Failure(`${store.uri(key)} is not what the manifest says: its SHA-256 differs`);
    return path;
}

;// CONCATENATED MODULE: ./build/report/render-text.js

/** What a run made, for a person at a terminal. */
function renderText(report) {
    const facts = report.outcome === 'unchanged' ? undefined : report.manifest ?? report.facts;
    return [
        '',
        report.reason,
        ...(facts === undefined ? [] : ['', ...renderRows(listFacts(facts)).map((row) => `  ${row}`)]),
        ...(report.files === undefined ? [] : ['', ...renderRows(Object.entries(report.files)).map((row) => `  ${row}`)]),
        ...(report.kept === undefined ? [] : ['', 'kept on this machine:', ...renderRows(Object.entries(report.kept)).map((row) => `  ${row}`)]),
        ...(report.launch === undefined ? [] : ['', 'launch it on a Cloud Hypervisor host:', ...report.launch.map((line) => `  ${line}`)]),
        '',
    ].join('\n');
}
/** Two columns, aligned. */
function renderRows(rows) {
    const width = Math.max(...rows.map(([name]) => name.length));
    return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}
/** The facts of a version, or of an image that was not published, that a reader looks for first. */
function listFacts(facts) {
    const { base, daemon, smoke } = facts;
    return [
        ...('files' in facts ? listNamedFacts(facts) : []),
        ['layout', `${facts.layout}, compression ${facts.compression}, disk of ${formatBytes(facts.disk.virtualSize)}`],
        ['base', `${base.reference}${base.serial === undefined ? '' : `, serial ${base.serial}`}`],
        ['kernel', facts.kernel.version],
        ['daemon', `${daemon.version ?? 'of unknown version'}, ${formatBytes(daemon.size)}`],
        ['packages', String(facts.packages.length)],
        ['proof', smoke === null ? 'none: the smoke boot was switched off' : describeProof(smoke)],
        ['needs', `Cloud Hypervisor ${facts.cloudHypervisor.min} or newer`],
    ];
}
function listNamedFacts(manifest) {
    const image = manifest.files.find((file) => file.role === 'image');
    return [
        ['version', `${manifest.image}.${manifest.version}`],
        ['image', `${formatBytes(image?.size ?? 0)}, sha256 ${image?.sha256 ?? ''}`],
    ];
}
function describeProof(smoke) {
    const health = Math.max(...smoke.clones.map((clone) => clone.times.healthMs));
    return `${formatCount(smoke.clones.length, 'clone')} in ${smoke.vmm} ${smoke.vmmVersion} with ${smoke.accelerator}: `
        + `200 on ${smoke.health.path} after ${formatDuration(health)}, back ${formatDuration(smoke.restartMs)} after a kill`;
}

;// CONCATENATED MODULE: ./build/entry/run-command.js









const nothingToDo = 3;
const run_command_marks = { ok: '✔', warning: '!', broken: '✖' };
async function runCommand(line, session) {
    const ports = { ...session, builder: { tool: `ch-golden ${productVersion}` } };
    switch (line.command) {
        case 'build': {
            const report = await runBuild(line.inputs, ports);
            return { text: renderText(report), json: report, exitCode: report.outcome === 'unchanged' ? nothingToDo : 0 };
        }
        case 'plan': {
            const plan = await planBuild(line.inputs, ports);
            const { edits, ...rest } = plan;
            return { text: [...renderRows(Object.entries(rest)), 'edits', ...edits.map((edit) => `  ${edit}`)].join('\n'), json: plan, exitCode: 0 };
        }
        case 'doctor': return answerDoctor(await examineMachine(describeNeeds(line.inputs), ports));
        case 'smoke': {
            const proof = await smokeImage(line, ports);
            return { text: `it works: ${proof.clones.length} clones answered 200 on ${proof.health.path} in ${proof.vmm} with ${proof.accelerator}`, json: proof, exitCode: 0 };
        }
        case 'list': {
            const versions = await listVersions(line.image, openStore(line.store, ports));
            const rows = versions.map(({ version, channels, revoked }) => [`${line.image}.${version}`, [...channels, ...(revoked === undefined ? [] : [`revoked: ${revoked}`])].join(', ')]);
            return { text: rows.length === 0 ? `no version of ${line.image} in ${line.store}` : renderRows(rows).join('\n'), json: versions, exitCode: 0 };
        }
        case 'show': {
            const { manifest } = await getWantedVersion({ ...line, store: openStore(line.store, ports) });
            return { text: renderRows(listFacts(manifest)).join('\n'), json: manifest, exitCode: 0 };
        }
    }
}
function answerDoctor(findings) {
    const lines = findings.flatMap(({ name, state, text, mend }) => [`${run_command_marks[state]} ${name.padEnd(20)} ${text}`, ...(mend === undefined ? [] : [`  ${' '.repeat(20)} ${mend}`])]);
    return { text: lines.join('\n'), json: findings, exitCode: worstState(findings) === 'broken' ? 1 : 0 };
}

;// CONCATENATED MODULE: ./build/entry/run-cli.js









const exitCodes = { done: 0, failed: 1, usage: 2, cancelled: 130 };
/** Runs the CLI; answers with its exit code: 0 done, 1 failed, 2 wrong use, 3 nothing to do, 130 cancelled. */
async function runCli(words, environment) {
    try {
        const parsed = parseCommandLine(words, { version: productVersion, defaults: defaultFolders(environment) });
        if ('run' in parsed)
            return await carryOut(parsed.run, environment);
        (parsed.exitCode === 0 ? process.stdout : process.stderr).write(`${parsed.print}\n`);
        return parsed.exitCode;
    }
    catch (error) {
        process.stderr.write(describeError(error));
        if (error instanceof UsageError)
            return exitCodes.usage;
        return error instanceof CancelledError ? exitCodes.cancelled : exitCodes.failed;
    }
}
async function carryOut(command, environment) {
    const view = createView(command.output);
    try {
        const { text, json, exitCode } = await runCommand(command, beginSession(view, environment));
        view.close();
        process.stdout.write(command.output.json ? `${JSON.stringify(json, null, 2)}\n` : `${text}\n`);
        return exitCode;
    }
    finally {
        view.close();
    }
}
/** Steps go to standard error: standard output has the answer alone. */
function createView({ verbose }) {
    return process.stderr.isTTY
        ? createTerminalView(process.stderr, { verbose })
        : createPlainView((line) => void process.stderr.write(`${line}\n`), { verbose });
}
function describeError(error) {
    const red = (text) => (0,external_node_util_namespaceObject.styleText)('red', text, { stream: process.stderr });
    if (!(error instanceof Failure))
        return `${red('ch-golden:')} ${error instanceof Error ? error.stack ?? error.message : errorMessage(error)}\n`;
    return [
        `${red('ch-golden:')} ${sanitizeLine(error.message, 2000)}`,
        ...error.evidence.map((line) => `    ${sanitizeLine(line)}`),
        ...(error.mend === undefined ? [] : [`  to mend it: ${error.mend}`]),
        '',
    ].join('\n');
}


/***/ })

/******/ });
/************************************************************************/
/******/ // The module cache
/******/ var __webpack_module_cache__ = {};
/******/ 
/******/ // The require function
/******/ function __nccwpck_require__(moduleId) {
/******/ 	// Check if module is in cache
/******/ 	var cachedModule = __webpack_module_cache__[moduleId];
/******/ 	if (cachedModule !== undefined) {
/******/ 		return cachedModule.exports;
/******/ 	}
/******/ 	// Create a new module (and put it into the cache)
/******/ 	var module = __webpack_module_cache__[moduleId] = {
/******/ 		// no module.id needed
/******/ 		// no module.loaded needed
/******/ 		exports: {}
/******/ 	};
/******/ 
/******/ 	// Execute the module function
/******/ 	var threw = true;
/******/ 	try {
/******/ 		__webpack_modules__[moduleId](module, module.exports, __nccwpck_require__);
/******/ 		threw = false;
/******/ 	} finally {
/******/ 		if(threw) delete __webpack_module_cache__[moduleId];
/******/ 	}
/******/ 
/******/ 	// Return the exports of the module
/******/ 	return module.exports;
/******/ }
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/asset-relocator-loader */
/******/ if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = decodeURIComponent(new URL('.', import.meta.url).pathname).slice(import.meta.url.match(/^file:\/\/\/\w:/) ? 1 : 0, -1) + "/";
/******/ 
/******/ /* webpack/runtime/async module */
/******/ (() => {
/******/ 	var webpackQueues = typeof Symbol === "function" ? Symbol("webpack queues") : "__webpack_queues__";
/******/ 	var webpackExports = typeof Symbol === "function" ? Symbol("webpack exports") : "__webpack_exports__";
/******/ 	var webpackError = typeof Symbol === "function" ? Symbol("webpack error") : "__webpack_error__";
/******/ 	var resolveQueue = (queue) => {
/******/ 		if(queue && queue.d < 1) {
/******/ 			queue.d = 1;
/******/ 			queue.forEach((fn) => (fn.r--));
/******/ 			queue.forEach((fn) => (fn.r-- ? fn.r++ : fn()));
/******/ 		}
/******/ 	}
/******/ 	var wrapDeps = (deps) => (deps.map((dep) => {
/******/ 		if(dep !== null && typeof dep === "object") {
/******/ 			if(dep[webpackQueues]) return dep;
/******/ 			if(dep.then) {
/******/ 				var queue = [];
/******/ 				queue.d = 0;
/******/ 				dep.then((r) => {
/******/ 					obj[webpackExports] = r;
/******/ 					resolveQueue(queue);
/******/ 				}, (e) => {
/******/ 					obj[webpackError] = e;
/******/ 					resolveQueue(queue);
/******/ 				});
/******/ 				var obj = {};
/******/ 				obj[webpackQueues] = (fn) => (fn(queue));
/******/ 				return obj;
/******/ 			}
/******/ 		}
/******/ 		var ret = {};
/******/ 		ret[webpackQueues] = x => {};
/******/ 		ret[webpackExports] = dep;
/******/ 		return ret;
/******/ 	}));
/******/ 	__nccwpck_require__.a = (module, body, hasAwait) => {
/******/ 		var queue;
/******/ 		hasAwait && ((queue = []).d = -1);
/******/ 		var depQueues = new Set();
/******/ 		var exports = module.exports;
/******/ 		var currentDeps;
/******/ 		var outerResolve;
/******/ 		var reject;
/******/ 		var promise = new Promise((resolve, rej) => {
/******/ 			reject = rej;
/******/ 			outerResolve = resolve;
/******/ 		});
/******/ 		promise[webpackExports] = exports;
/******/ 		promise[webpackQueues] = (fn) => (queue && fn(queue), depQueues.forEach(fn), promise["catch"](x => {}));
/******/ 		module.exports = promise;
/******/ 		body((deps) => {
/******/ 			currentDeps = wrapDeps(deps);
/******/ 			var fn;
/******/ 			var getResult = () => (currentDeps.map((d) => {
/******/ 				if(d[webpackError]) throw d[webpackError];
/******/ 				return d[webpackExports];
/******/ 			}))
/******/ 			var promise = new Promise((resolve) => {
/******/ 				fn = () => (resolve(getResult));
/******/ 				fn.r = 0;
/******/ 				var fnQueue = (q) => (q !== queue && !depQueues.has(q) && (depQueues.add(q), q && !q.d && (fn.r++, q.push(fn))));
/******/ 				currentDeps.map((dep) => (dep[webpackQueues](fnQueue)));
/******/ 			});
/******/ 			return fn.r ? promise : getResult();
/******/ 		}, (err) => ((err ? reject(promise[webpackError] = err) : outerResolve(exports)), resolveQueue(queue)));
/******/ 		queue && queue.d < 0 && (queue.d = 0);
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/define property getters */
/******/ (() => {
/******/ 	// define getter functions for harmony exports
/******/ 	__nccwpck_require__.d = (exports, definition) => {
/******/ 		for(var key in definition) {
/******/ 			if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 				Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 			}
/******/ 		}
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/hasOwnProperty shorthand */
/******/ (() => {
/******/ 	__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ })();
/******/ 
/************************************************************************/
/******/ 
/******/ // startup
/******/ // Load entry module and return exports
/******/ // This entry module used 'module' so it can't be inlined
/******/ var __webpack_exports__ = __nccwpck_require__(290);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 
