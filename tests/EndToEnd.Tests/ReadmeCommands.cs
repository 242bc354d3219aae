namespace Orchestrator.EndToEnd.Tests;

/// <summary>The commands in the <c>sh</c> blocks of a Markdown text, but for blocks with <c>&lt;!-- not run --&gt;</c> on the line before.</summary>
internal static class ReadmeCommands
{
    private const string NotRun = "<!-- not run -->";

    public static IReadOnlyList<string> In(IReadOnlyList<string> lines)
    {
        var commands = new List<string>();
        var open = "";
        bool inBlock = false, runs = false;
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i].Trim();
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                Assert.True(open.Length == 0, $"line {i}: the block ends in the middle of a command");
                runs = !inBlock && line is "```sh" && (i == 0 || lines[i - 1].Trim() != NotRun);
                inBlock = !inBlock;
            }
            else if (inBlock && runs)
            {
                var whole = open + line;
                (var command, open) = whole.EndsWith('\\') ? ("", whole[..^1]) : (whole, "");
                if (command.Length > 0 && !command.StartsWith('#'))
                {
                    commands.Add(command);
                }
            }
        }
        Assert.False(inBlock, "the last block is not closed");
        return commands;
    }
}
