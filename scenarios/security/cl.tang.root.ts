import { tangScenario } from './_tang.ts';

export default tangScenario('root');
