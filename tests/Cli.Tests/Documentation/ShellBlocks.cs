namespace Orchestrator.Cli.Tests.Documentation;

/// <summary>The fenced blocks of a Markdown file in one language; one after a line <c>&lt;!-- not run … --&gt;</c> is only for reading.</summary>
internal static class ShellBlocks
{
    public sealed record Block(int Line, bool Run, string Text);

    public static IReadOnlyList<Block> In(string markdown, string language = "sh")
    {
        var lines = markdown.Split('\n');
        var blocks = new List<Block>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].TrimEnd() != "```" + language)
            {
                continue;
            }
            var end = Array.FindIndex(lines, i + 1, line => line.TrimEnd() == "```");
            Assert.True(end > 0, $"the block of line {i + 1} has no end");
            blocks.Add(new Block(i + 1, i == 0 || !lines[i - 1].StartsWith("<!-- not run", StringComparison.Ordinal), string.Join('\n', lines[(i + 1)..end])));
            i = end;
        }
        return blocks;
    }
}
