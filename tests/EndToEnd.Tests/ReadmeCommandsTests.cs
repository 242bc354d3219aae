namespace Orchestrator.EndToEnd.Tests;

public sealed class ReadmeCommandsTests
{
    [Fact]
    public void Commands_are_the_lines_of_sh_blocks_that_are_not_marked() => Assert.Equal(
        ["./orchestrator doctor # says what is wrong", "./orchestrator sweep list --json"],
        ReadmeCommands.In(
            """
            Text with `./orchestrator none`.
            ```sh
            # a comment
            ./orchestrator doctor # says what is wrong

            ./orchestrator sweep list \
              --json
            ```
            <!-- not run -->
            ```sh
            ./orchestrator dev
            ```
            ```yaml
            name: none
            ```
            """.Split('\n')));
}
