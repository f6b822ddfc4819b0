using System.CommandLine;
using PortraitGen.Api.Cli;

return await CommandLine.RunAsync(new RootCommand("PortraitGen.Jobs: batch jobs that post-train portrait text-to-image models with exemplar GRPO.")
{
    // demo and pretrain stand here, first: what a newcomer types.
    ServeCommand.Create(),
    BatchCommand.Create(),
    DatasetCommand.Create(),
    CampaignCommand.Create(),
    CheckpointCommand.Create(),
    DatabaseCommand.Create(),
    DoctorCommand.Create(),
}, args);
