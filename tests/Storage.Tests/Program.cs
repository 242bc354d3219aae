using Orchestrator.Storage.Tests;
using Orchestrator.Storage.Tests.Crashes;
using Orchestrator.Storage.Tests.Sqlite;
using Xunit.MicrosoftTestingPlatform;

return args switch
{
    [WritingProcess.Verb, .. var rest] => await WritingProcess.Run(rest),
    [ReadingProcess.Verb, var path] => await ReadingProcess.Run(path),
    _ => await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
};
