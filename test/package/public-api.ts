import { dirname } from 'node:path';
import ts from 'typescript';

/** What a library offers, read from its declarations. */
export interface PublicApi {
  /** The declaration of everything that is exported, without comments, in the order of names. */
  readonly declarations: string;
  /** Names without a comment. */
  readonly undocumented: readonly string[];
  /** Names of other modules of the library that an exported declaration needs and that are not exported. */
  readonly forgotten: readonly string[];
}

/** @param index the `.d.ts` that users import */
export function readPublicApi(index: string): PublicApi {
  const { NodeNext } = ts.ModuleKind;
  const program = ts.createProgram([index], { module: NodeNext, types: [], lib: [] });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(index);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${index} exports nothing`);

  const resolve = (symbol: ts.Symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const exported = new Map(checker.getExportsOfModule(module).map((symbol) => [resolve(symbol), symbol.name]));
  const names = [...exported].sort(([, a], [, b]) => (a < b ? -1 : 1));

  const forgotten = new Set<string>();
  const findForgotten = (node: ts.Node): void => {
    const symbol = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined;
    const target = symbol && resolve(symbol);
    if (target && !exported.has(target) && isExportedBelow(dirname(index), target)) forgotten.add(target.name);
    ts.forEachChild(node, findForgotten);
  };

  const printer = ts.createPrinter({ removeComments: true });
  const declarations = names.flatMap(([symbol]) =>
    (symbol.declarations ?? []).map((declaration) => {
      findForgotten(declaration);
      return printer.printNode(ts.EmitHint.Unspecified, statementOf(declaration), declaration.getSourceFile());
    }),
  );
  return {
    declarations: `${declarations.join('\n')}\n`,
    undocumented: names
      .filter(([symbol]) => symbol.getDocumentationComment(checker).length + symbol.getJsDocTags(checker).length === 0)
      .map(([, name]) => name),
    forgotten: [...forgotten].sort(),
  };
}

/** A constant's declaration is a part of its statement. */
function statementOf(declaration: ts.Declaration): ts.Node {
  return ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
}

function isExportedBelow(directory: string, symbol: ts.Symbol): boolean {
  const [declaration] = symbol.declarations ?? [];
  if (!declaration?.getSourceFile().fileName.startsWith(directory)) return false;
  const statement = statementOf(declaration);
  if (!ts.isSourceFile(statement.parent) || !ts.canHaveModifiers(statement)) return false;
  return (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}
