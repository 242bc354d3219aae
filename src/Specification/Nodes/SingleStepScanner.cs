using YamlDotNet.Core;
using YamlDotNet.Core.Tokens;

namespace Orchestrator.Specification.Nodes;

/// <summary>
/// Moves to the next token only when the current one was consumed. The library's parser looks ahead twice after a scalar with an
/// anchor in a flow mapping, and its own scanner then drops the comma in between.
/// </summary>
internal sealed class SingleStepScanner(TextReader text) : IScanner
{
    private readonly Scanner _scanner = new(text);

    public Mark CurrentPosition => _scanner.CurrentPosition;

    public Token? Current => _scanner.Current;

    public bool MoveNext()
    {
        if (Current is not null)
        {
            ConsumeCurrent();
        }
        return MoveNextWithoutConsuming();
    }

    public bool MoveNextWithoutConsuming() => Current is not (null or StreamEnd) || _scanner.MoveNextWithoutConsuming();

    public void ConsumeCurrent() => _scanner.ConsumeCurrent();
}
