using System.Text;
using Orchestrator.Platform.Files;

namespace Orchestrator.Cli.CommandLine;

/// <summary>A token that stands in a file of its own, if the list of processes does not show it.</summary>
internal static class TokenFile
{
    private const int MostBytes = 4096;
    private const string Fix = "give a file that holds the token alone";
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>The token in a file, without white space around it. A file that other users may read is used, with a warning.</summary>
    public static string Read(string path, CliServices services)
    {
        var file = new FileInfo(Path.GetFullPath(path, services.WorkingFolder));
        string token;
        try
        {
            token = Encoding.UTF8.GetString(UserFile.ReadText(file.FullName, MostBytes, Fix)).Trim();
        }
        catch (UserFileException wrong)
        {
            throw new CliException(ExitCode.Usage, $"the token file cannot be read: {wrong.Message}", wrong);
        }
        if (token.Length == 0 || token.Any(letter => letter is <= ' ' or > '~'))
        {
            throw Refused(file, token.Length == 0 ? "it is empty" : "a token is one word of printable ASCII characters");
        }
        if ((file.UnixFileMode & Others) != 0)
        {
            services.Terminal.Note($"other users may read the token in {file.FullName}: 'chmod 600' keeps it to you");
        }
        return token;
    }

    private static CliException Refused(FileInfo file, string reason) =>
        new(ExitCode.Usage, $"token file {file.FullName}: {reason}; {Fix}");
}
